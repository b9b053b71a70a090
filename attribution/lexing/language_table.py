"""The languages, as a table: one row a language, under the syntax family that reads it.

A row is `name | extensions | other names`. Names are lower-case Linguist names: they cover the
358 languages of The Stack v1 (whose older names stand as other names) and those of v2 and v3
as far as known. Each extension is given to one language only: where Linguist would look into
the file to tell two languages apart (.m, .pl, .v, .h), the commoner one has it, since guessing
from content was found to do more harm. A name that comes again adds to its row.
"""

from __future__ import annotations

__all__ = ["FILE_NAMES", "INTERPRETERS", "TABLE"]

TABLE = r"""
[python]
python            | .py .pyw .pyi .pyt .pyde .pyp .gyp .gypi .lmi .tac .wsgi .xpy .rpyc |
python            | | py, python3, python2
cython            | .pyx .pxd .pxi | pyrex
starlark          | .bzl .star | bazel, bzl
sage              | .sage .sagews |
ren'py            | .rpy | renpy
snakemake         | .smk .snakefile | snakefile
xonsh             | .xsh |
mojo              | .mojo |
boo               | .boo |
numpy             | .numpy .numpyw .numsc |
easybuild         | .eb |
scenic            | .scenic |
vyper             | .vy |
python console    | | pycon
python traceback  | .pytb |
kvlang            | .kv |
gdscript          | .gd | godot

[javascript]
javascript        | .js .mjs .cjs .es .es6 .jake .jsb .jscad .jsfl .jslib .jsm .jspre .jss |
javascript        | .njs .pac | js, node, ecmascript
javascript        | .sjs .ssjs .xsjs .xsjslib .bones ._js .javascript .gs |
typescript        | .ts .mts .cts | ts, deno
jsx               | .jsx |
tsx               | .tsx |
javascript+erb    | .js.erb |
qt script         | .qs |
glimmer js        | .gjs |
glimmer ts        | .gts |
cycript           | .cy |
objective-j       | .j .sj | objectivej, objj
dogescript        | .djs |
qml               | .qml .qbs |
imba              | .imba |
ecmarkup          | |
jest snapshot     | .snap |
tea               | .tea |

[java]
java              | .java .jav .jsh |
aspectj           | .aj |
apex              | .apex .trigger |
processing        | .pde |
gosu              | .gst .gsx .vark |
xtend             | .xtend |
x10               | .x10 | xten
jflex             | .flex .jflex |
ballerina         | .bal |

[c]
c                 | .c .h .cats .idc |
c++               | .cpp .cc .cxx .c++ .cp .cppm .hpp .hh .hxx .h++ .h.in .inl .ipp .ixx |
c++               | .tcc .tpp .txx .C .H | cpp, cplusplus, cxx
objective-c       | .m | obj-c, objc, objectivec
objective-c++     | .mm | obj-c++, objc++, objectivec++, objective-cpp
cuda              | .cu .cuh | cu
arduino           | .ino |
opencl            | .cl .opencl .clh |
glsl              | .glsl .vert .frag .geom .comp .tesc .tese .vsh .fsh .gsh .vs .vshader |
glsl              | .fshader .gshader |
glsl              | .glslf .glslv .frg .vrx .fp .geo .rchit .rgen .rmiss |
hlsl              | .hlsl .hlsli .fx .fxh .cginc |
metal             | .metal |
shaderlab         | .shader |
unified parallel c | .upc |
ec                | .ec .eh |
nesc              | .nc |
xc                | .xc |
xs                | .xs |
lex               | .l .lex | flex
yacc              | .y .yacc .yy |
bison             | .bison |
swig              | .i |
ragel             | .rl | ragel in ruby host, ragel-rb, ragel-ruby
renderscript      | .rsh |
logos             | .x .xi .xm |
x bitmap          | .xbm | xbm
x pixmap          | .xpm | xpm
holyc             | .hc |
dtrace            | | dtrace-script
linker script     | .ld .lds .ldscript |
rpcgen            | | rpc, oncrpc, xdr
edje data collection | .edc |
sourcepawn        | .sp .sma | sourcemod
pawn              | .pwn |
asymptote         | .asy |
angelscript       | .angelscript |
ags script        | .asc .ash | ags
openscad          | .scad |
cool              | .cool |
mql4              | .mq4 .mqh |
mql5              | .mq5 |
nwscript          | .nss |
pov-ray sdl       | .pov | povray, pov-ray
squirrel          | .nut |
lsl               | .lsl .lslp |
game maker language | .gml |
gsc               | .gsc .csc |
stan              | .stan |
wgsl              | .wgsl |
slash             | .sl |
ox                | .ox .oxh .oxo |
rez               | .rez |
cpp2              | .cpp2 |

[c#]
c#                | .cs .csx .cake | csharp, c-sharp, cs, cake, cakescript
eq                | .eq |
uno               | .uno |
beef              | |
html+razor        | .cshtml .razor | razor
vala              | .vala .vapi |
genie             | |

[go]
go                | .go | golang
go module         | | go.mod, go mod
go workspace      | | go.work, go work
templ             | .templ |
gosum             | | go checksums, go.sum, go sum

[rust]
rust              | .rs .rs.in | rs
ron               | .ron |
move              | .move |
cairo             | .cairo |
cairo zero        | |
sway              | .sw |
noir              | .nr |
slint             | .slint |
carbon            | .carbon |

[ruby]
ruby              | .rb .builder .eye .fcgi .gemspec .god .jbuilder .mspec .pluginspec |
ruby              | .podspec .prawn .rabl | rb, jruby, macruby, rake, rbx
ruby              | .rake .rbi .rbuild .rbw .rbx .ru .ruby .thor .watchr .irbrc .simplecov |
crystal           | .cr |
rbs               | .rbs |
mirah             | .druby .duby .mir .mirah |
puppet            | .pp |
slim              | .slim |
haml              | .haml .haml.deface |
rhtml             | .rhtml |
fancy             | .fy .fancypack |
opal              | .opal |
gemfile.lock      | |
nit               | .nit |

[php]
php               | .php .php3 .php4 .php5 .php7 .php8 .phps .phpt .ctp .aw .inc | inc
hack              | .hack .hhi .hck |
html+php          | .phtml |
zephir            | .zep |

[kotlin]
kotlin            | .kt .ktm |
kotlin            | .kts | kts
gradle kotlin dsl | .gradle.kts |

[swift]
swift             | .swift |

[scala]
scala             | .scala .sbt .sc |
scaml             | .scaml |

[shell]
shell             | .sh .bash .bats .command .ksh .mksh .sh.in .bash.in .tmux .tool .zsh |
shell             | .zsh-theme .envrc | sh, bash, zsh, ksh, shell-script, shellscript
alpine abuild     | .apkbuild | abuild, apkbuild
gentoo ebuild     | .ebuild |
gentoo eclass     | .eclass |
openrc runscript  | | openrc
shellsession      | .sh-session | bash session, console
tcsh              | .tcsh .csh | csh
fish              | .fish |
bitbake           | .bb .bbappend .bbclass |
elvish            | .elv |
elvish transcript | |
nushell           | | nu-script
rpm spec          | .spec | specfile
singularity       | |
kickstart         | .ks |
just              | .just | justfile
earthly           | | earthfile
sed               | .sed |

[awk]
awk               | .awk .auk .gawk .mawk .nawk |

[ada]
ada               | .adb .ads .ada | ada95, ada2005

[cobol]
cobol             | .cob .cbl .ccp .cobol .cpy |
jcl               | .jcl |

[coffeescript]
coffeescript      | .coffee .cjsx .iced ._coffee | coffee, coffee-script
literate coffeescript | .litcoffee .coffee.md | litcoffee
livescript        | .ls ._ls | live-script
cson              | .cson |
emberscript       | .em .emberscript |
pogoscript        | .pogo |

[css]
css               | .css |

[scss]
scss              | .scss |
less              | .less | less-css
sass              | .sass |
stylus            | .styl |
postcss           | .pcss .postcss |
sugarss           | .sss |
cartocss          | .mss | carto

[dart]
dart              | .dart |

[elixir]
elixir            | .ex .exs |
html+eex          | .html.eex .heex .leex .eex | eex, heex, leex

[erlang]
erlang            | .erl .app.src .escript .hrl .xrl .yrl |

[f#]
f#                | .fs .fsi .fsx .fsscript | fsharp, f-sharp, fs

[fortran]
fortran           | .f .f77 .for .fpp .ftn |
fortran free form | .f90 .f95 .f03 .f08 |

[groovy]
groovy            | .groovy .grt .gtpl .gvy .gy |
gradle            | .gradle |
nextflow          | .nf |
golo              | .golo |

[haskell]
haskell           | .hs .hsc .hs-boot | hs
literate haskell  | .lhs | lhaskell, lhs
c2hs haskell      | .chs | c2hs
purescript        | .purs |
elm               | .elm |
idris             | .idr .lidr |
agda              | .agda |
literate agda     | .lagda |
frege             | .fr |
curry             | .curry |
futhark           | .fut |
dhall             | .dhall |
grammatical framework | .gf |
bluespec bh       | .bs | bh, bluespec classic
cabal config      | .cabal | cabal
clean             | .icl .dcl |

[hcl]
hcl               | .hcl .tf .tfvars .nomad .workflow .tofu | terraform, opentofu
terraform template | .tftpl |
bicep             | .bicep .bicepparam |

[html]
html              | .html .htm .html.hl .hta .html.in .xht .xhtml | xhtml
svg               | .svg |
xml               | .xml .adml .admx .ant .axaml .axml .builds .ccproj .ccxml .clixml |
xml               | .cproject .cscfg | rss, xsd, wsdl
xml               | .csdef .csl .csproj .ct .depproj .dita .ditamap .ditaval .dll.config |
xml               | .dotsettings |
xml               | .filters .fsproj .fxml .glade .gpx .grxml .hzp .iml .ivy .jelly .jsproj |
xml               | .kml .launch .mdpolicy .mjml .mxml .natvis .ndproj .nproj .nuspec .odd |
xml               | .osm .pkgproj |
xml               | .proj .props .ps1xml .psc1 .pt .pubxml .qhelp .rdf .resx .rss .scxml .sfproj |
xml               | .shproj .srdf .storyboard .sublime-snippet .targets .tmcommand .tml .ui .urdf |
xml               | .ux .vbproj .vcxproj .vsixmanifest .vssettings .vstemplate .vxml |
xml               | .wixproj .wsdl .wsf |
xml               | .wxi .wxl .wxs .x3d .xacro .xaml .xib .xlf .xliff .xmi .xml.dist .xproj |
xml               | .xsd .xspec |
xml               | .xul .zcml .tmlanguage .tmpreferences .tmsnippet .tmtheme .sttheme |
xml property list | .plist |
xslt              | .xslt .xsl | xsl
xproc             | .xpl .xproc |
xpages            | .xsp-config .xsp.metadata |
collada           | .dae |
eagle             | .brd .sch |
ant build system  | |
maven pom         | .pom |
labview           | .lvproj .lvclass .lvlib |
web ontology language | .owl | owl
genshi            | .kid | kid, xml+genshi, xml+kid
kit               | .kit |
mtml              | .mtml |
riot              | .riot |
bikeshed          | |
handlebars        | .handlebars .hbs | hbs, htmlbars
mustache          | .mustache |
ejs               | .ejs .ect .jst |
html+erb          | .erb .erb.deface .html.erb | erb, rhtml+erb
html+ecr          | .ecr | ecr
angular           | .component.html |
closure templates | .soy | soy
marko             | .marko | markojs
edge              | .edge |
pug               | .pug .jade | jade

[components]
vue               | .vue |
svelte            | .svelte |
astro             | .astro |
mdx               | .mdx |

[template]
html+django       | .jinja .jinja2 .j2 | django, jinja, html+jinja, htmldjango, jinja2
nunjucks          | .njk |
twig              | .twig |
liquid            | .liquid |
smarty            | .tpl |
latte             | .latte |
blade             | .blade .blade.php |
antlers           | .antlers.html .antlers.php .antlers.xml |
velocity template language | .vtl .vm | vtl, velocity
freemarker        | .ftl .ftlh | ftl
java template engine | .jte | jte
mako              | .mako .mao |
myghty            | .myt |
mask              | .mask |
stringtemplate    | .stg |

[percent template]
java server pages | .jsp .tag .jspf .jspx | jsp
groovy server pages | .gsp | gsp
asp.net           | .asax .ascx .ashx .asmx .aspx .axd | aspx, aspx-vb
classic asp       | .asp | asp
coldfusion        | .cfm .cfml | cfm, cfml, coldfusion html

[json]
json              | .json .4dform .4dproject .avsc .geojson .gltf .har .ice .json-tmlanguage |
json              | | geojson, jsonl, topojson
json              | .jsonl .mcmeta .ndjson .sarif .tact .tfstate .topojson .webapp |
json              | .webmanifest .yyp |
jsonld            | .jsonld |
max               | .maxpat .maxhelp .maxproj .mxt .pat | max/msp, maxmsp
api blueprint     | .apib |
oasv2-json        | |
oasv3-json        | |
ston              | .ston |

[jsonc]
json with comments | .jsonc .code-snippets .code-workspace .sublime-build .sublime-commands |
json with comments | .sublime-keymap | jsonc
json with comments | .sublime-settings .sublime-project .sublime-menu .sublime-macro |
json with comments | .sublime-theme |
json5             | .json5 |

[notebook]
jupyter notebook  | .ipynb | ipython notebook, ipynb, jupyter

[julia]
julia             | .jl |
julia repl        | |

[latex]
tex               | .tex .aux .bbx .cbx .cls .dtx .ins .lbx .ltx .mkii .mkiv .mkvi .sty .toc | latex
bibtex            | .bib .bibtex |
sweave            | .rnw |
typst             | .typ | typ

[lisp]
common lisp       | .lisp .asd .lsp .ny .podsl .sexp | lisp
emacs lisp        | .el .emacs .emacs.desktop | elisp, emacs
scheme            | .scm .sld .sps .ss |
racket            | .rkt .rktd .rktl .scrbl |
clojure           | .clj .boot .cl2 .cljc .cljs .cljs.hl .cljscm .cljx .hic |
edn               | .edn |
hy                | .hy | hylang
lfe               | .lfe |
newlisp           | .nl .newlisp |
picolisp          | |
fennel            | .fnl |
janet             | .janet |
arc               | .arc |
wisp              | .wisp |
shen              | .shen |
dune              | |
clips             | .clp |
rouge             | .rg |
netlogo           | .nlogo |
nu                | .nu | nush
smt               | .smt .smt2 |
pddl              | .pddl |
clarity           | .clar |
pact              | .pact |
kicad layout      | .kicad_pcb .kicad_mod .kicad_wks | kicad, pcbnew
kicad schematic   | .kicad_sch .kicad_sym |
webassembly       | .wat .wast | wasm, wast
gcc machine description | |
cil               | .cil |
zil               | .zil .mud |
srecode template  | |
ioke              | .ik |

[lua]
lua               | .lua .nse .p8 .pd_lua .rbxs .rockspec .wlua |
luau              | .luau |
moonscript        | .moon |
terra             | |
teal              | .tl |

[make]
makefile          | .mak .make .mk .mkfile | make, bsdmake, mf
qmake             | .pro .pri |
ninja             | .ninja |

[cmake]
cmake             | .cmake .cmake.in |

[matlab]
matlab            | .matlab .mlx |

[octave]
octave            | .oct |

[nim]
nim               | .nim .nim.cfg .nimble .nimrod .nims | nimrod

[nix]
nix               | .nix | nixos

[ocaml]
ocaml             | .ml .eliom .eliomi .ml4 .mli .mll .mly |
reason            | .re .rei |
standard ml       | .sml .fun .sig .ML | sml
ats               | .dats .hats .sats | ats2
coq               | .coq | rocq, rocq prover
cameligo          | .mligo |
urweb             | .ur .urs | ur/web, ur
mathematica       | .mathematica .cdf .ma .mt .nb .nbp .wl .wlt .wls |
mathematica       | | mma, wolfram, wolfram language, wl
isabelle          | .thy |
isabelle root     | |
ebnf              | .ebnf |

[pascal]
pascal            | .pas .dfm .dpr .lpr .pascal .dpk | delphi, objectpascal
component pascal  | .cps |
modula-2          | |
modula-3          | .i3 .ig .m3 .mg |
oberon            | .ob2 |
oxygene           | .oxygene |
inno setup        | .iss .isl |

[perl]
perl              | .pl .al .cgi .perl .ph .plx .pm .psgi .t .cpan | cperl
raku              | .raku .rakumod .rakutest .6pl .6pm .nqp .p6 .p6l .p6m .pl6 .pm6 | perl6, perl-6
pod               | .pod |
pod 6             | .pod6 |

[powershell]
powershell        | .ps1 .psd1 .psm1 | posh, pwsh, ps1

[prolog]
prolog            | .prolog .yap |
logtalk           | .lgt .logtalk |
eclipse           | |
mercury           | .moo |
oz                | .oz |
polar             | .polar |

[proto]
protocol buffer   | .proto | protobuf, protocol buffers, proto
protocol buffer text format | .textproto .pbt .pbtxt .textpb .txtpb |
protocol buffer text format | | text proto, protobuf text format
avro idl          | .avdl |
webidl            | .webidl |
webassembly interface type | .wit | wit
smithy            | .smithy |
slice             | |
aidl              | .aidl |
flatbuffers       | .fbs |

[thrift]
thrift            | .thrift |
cap'n proto       | .capnp | capnproto, capnp
type language     | | tl

[r]
r                 | .r .rd .rsx .rprofile | rscript, splus
rmarkdown         | .rmd .qmd | r markdown, quarto

[solidity]
solidity          | .sol |
yul               | .yul |
circom            | .circom |

[sql]
sql               | .sql .cql .ddl .mysql .prc .tab .udf .viw |
plsql             | .pck .pkb .pks .plb .pls .plsql .bdy .fnc .spc .tpb .tps .trg .vw | pl/sql
plpgsql           | .pgsql | pl/pgsql, postgresql, postgres
tsql              | .tsql | t-sql, transact-sql
sqlpl             | .db2 |
hiveql            | .q .hql |

[tcl]
tcl               | .tcl .adp .sdc .tcl.in .tm .xdc | sdc, xdc
glyph             | .glf |

[verilog]
verilog           | .v .veo .vlg |
systemverilog     | .sv .svh .vh |
bluespec          | .bsv | bsv, bluespec bsv
tl-verilog        | .tlv |

[vhdl]
vhdl              | .vhdl .vhd .vhf .vhi .vho .vhs .vht .vhw |

[vim]
vim script        | .vim .vmb | viml, vim, nvim, vimscript
vim snippet       | .snip .snippet .snippets | snipmate, ultisnip, ultisnips, neosnippet

[visual basic]
visual basic .net | .vb .vbhtml | visual basic, vbnet, vb.net, vb .net, vb
visual basic 6.0  | .frm .ctl .dsr .dob |
visual basic 6.0  | | vb6, vb 6, visual basic 6, visual basic classic, classic visual basic
vba               | .bas .vba | visual basic for applications
vbscript          | .vbs |
freebasic         | .bi | fb
b4x               | | basic for android
realbasic         | .rbbas .rbfrm .rbmnu .rbres .rbtbar .rbuistate |
xojo              | .xojo_code .xojo_menu .xojo_report .xojo_script .xojo_toolbar .xojo_window |
brightscript      | .brs |
basic             | .basic |
blitzmax          | .bmx | bmax
propeller spin    | .spin |
ti program        | .8xp |
brighterscript    | |

[yaml]
yaml              | .yml .yaml .reek .rviz .sublime-syntax .syntax .yaml-tmlanguage | yml
miniyaml          | |
unity3d asset     | .anim .asset .mat .meta .prefab .unity |
saltstack         | .sls | saltstate, salt
raml              | .raml |
lookml            | .lookml .model.lkml .view.lkml .lkml |
kaitai struct     | .ksy | ksy
common workflow language | .cwl | cwl
oasv2-yaml        | |
oasv3-yaml        | |
jar manifest      | |
robotframework    | .robot .resource |
gherkin           | .feature | cucumber
denizenscript     | .dsc |
talon             | .talon |
neon              | .neon | nette object notation, ne-on

[zig]
zig               | .zig .zon .zig.zon |
odin              | .odin | odinlang, odin-lang
v                 | | vlang

[dockerfile]
dockerfile        | .dockerfile .containerfile | docker, containerfile

[batch]
batchfile         | .bat .cmd | bat, batch, dosbatch, winbatch
digital command language | .com | dcl

[abap]
abap              | .abap |

[slash]
actionscript      | .as | actionscript 3, actionscript3, as3
haxe              | .hx .hxsl |
chapel            | .chpl | chpl
ceylon            | .ceylon |
pike              | .pike .pmod |
fantom            | .fan |
monkey            | .monkey .monkey2 |
monkey c          | .mc |
unrealscript      | .uc |
chuck             | .ck |
supercollider     | .scd |
dm                | .dm | byond
ecl               | .ecl .eclxml |
antlr             | .g4 | antlr4
peg.js            | .pegjs .peggy |
jison             | .jison |
jison lex         | .jisonlex |
lark              | .lark |
modelica          | .mo |
faust             | .dsp |
graphviz (dot)    | .dot .gv | graphviz, dot
io                | .io |
ooc               | .ooc |
al                | |
1c enterprise     | .bsl .os |
coldfusion cfc    | .cfc | cfc
papyrus           | .psc |
kerboscript       | |
krl               | .krl |
dafny             | .dfy |
boogie            | .bpl |
promela           | .pml |
p4                | .p4 |
openqasm          | .qasm |
q#                | | qsharp
wollok            | .wlk |
witcher script    | .ws |
zenscript         | .zs |
wren              | .wren |
whiley            | .whiley |
rascal            | .rsc |
rescript          | .resi |
cadence           | .cdc |
motoko            | |
ligolang          | .ligo |
reasonligo        | .religo |
opa               | .opa |
alloy             | .als |
codeql            | .ql .qll | ql
cloud firestore security rules | |
cap cds           | .cds | cds
abap cds          | .asddls |
dataweave         | .dwl |
fluent            | |
prisma            | .prisma |
pkl               | .pkl |
cue               | .cue |
cypher            | .cyp .cypher |
kusto             | .kql | kql
sqf               | .sqf .hqf |
jolie             | .ol .iol |
loomscript        | .loom |
ink               | .ink |
4d                | .4dm |
sas               | .sas |
stata             | .do .ado .doh .ihlp .mata .matah .sthlp |
g-code            | .g .cnc .gco .gcode |
openedge abl      | .p .w | progress, openedge, abl
rexx              | .rexx .pprx .rex | arexx
pony              | .pony |
gams              | .gms |
pan               | .pan |
ampl              | .ampl |
zimpl             | .zimpl .zmpl .zpl |
augeas            | .aug |
objectscript      | .mac |
volt              | .volt |
lasso             | .lasso .las .lasso8 .lasso9 .ldml | lassoscript
ecere projects    | .epj |
smpl              | .cocci | coccinelle
netlinx           | .axs .axi |
netlinx+erb       | .axs.erb .axi.erb |
vcl               | .vcl |
soong             | | android.bp, blueprint
typespec          | .tsp | tsp
d2                | .d2 | d2lang
kcl               | .kcl |
rpgle             | .rpgle .sqlrpgle | ile rpg
minid             | .minid |
grace             | .grace |
nemerle           | .n |
portugol          | .por |
xbase             | .prg .prw .ch | advpl, clipper, foxpro
harbour           | .hb |
self              | .self |
powerbuilder      | .sra .sru .srw |
toit              | .toit |
hocon             | .hocon |
mupad             | .mu |
gleam             | .gleam |
roc               | .roc |
flux              | .flux |
igor pro          | .ipf | igor, igorpro
hxml              | .hxml |
e                 | .E |
hoon              | .hoon |
asl               | .asl .dsl |
piglatin          | .pig | pig
mlir              | .mlir |
yara              | .yara .yar |
zeek              | .zeek .bro | bro
daslang           | .das |
imhex pattern language | .hexpat | pattern language
koka              | .kk |
vento             | .vto |
gdshader          | .gdshader .gdshaderinc |
q                 | | kdb

[slash primes]
d                 | .d .di | dlang
lean              | .lean .hlean |
lean 4            | |
scilab            | .sci .sce .tst |

[slash triple]
mint              | .mint |
bqn               | .bqn |

[slash ml]
fstar             | .fst | f*

[slash hash]
jsonnet           | .jsonnet .libsonnet |
nasl              | .nasl |
gn                | .gn .gni |
meson             | | meson build
berry             | .be |
quake             | |
module management system | .mms .mmk |
m4                | .m4 |
m4sugar           | | autoconf
open policy agent | .rego | rego
ring              | .ring |
dylan             | .dylan .dyl .intr .lid |
clarion           | .clw |
click             | .click |

[slash dash]
maxscript         | .ms .mcr |

[hash]
graphql           | .graphql .gql .graphqls |
gap               | .gap .gi |
maple             | .mpl |
toml              | .toml |
sparql            | .sparql .rq |
turtle            | .ttl |
n-triples         | .nt |
gnuplot           | .gnuplot .gnu .gp .plot .plt |
yang              | .yang |
cylc              | .cylc |
nasal             | .nas |
nearley           | .ne | nearleyjs
praat             | .praat |
shellcheck config | .shellcheckrc |
macaulay2         | .m2 | m2
wdl               | .wdl | workflow description language
pyret             | .arr |
cirru             | .cirru |
parrot internal representation | .pir | pir
parrot assembly   | .pasm | pasm
parrot            | .parrot |
smali             | .smali |

[hash words]
nginx             | .nginx .nginxconf | nginx configuration file
apacheconf        | .apacheconf .vhost .htaccess | aconf, apache
caddyfile         | .caddyfile | caddy
haproxy           | |
hosts file        | | hosts
ssh config        | .ssh-config | sshd config, sshconfig
git attributes    | .gitattributes | gitattributes
git config        | .gitconfig | gitconfig, gitmodules
ignore list       | .gitignore .dockerignore .npmignore .eslintignore .ignore |
ignore list       | | ignore, gitignore, git-ignore
dotenv            | .env |
codeowners        | |
crontab           | | cron, cron table
pip requirements  | |
browserslist      | |
debian package control file | |
dircolors         | .dircolors |
curl config       | .curlrc | curlrc
wget config       | .wgetrc | wgetrc
nanorc            | .nanorc |
npm config        | .npmrc | npmrc
readline config   | .inputrc | inputrc
option list       | | opts, ackrc
record jar        | |
gdb               | .gdb .gdbinit |
procfile          | |
robots.txt        | | robots, robots txt
checksums         | .crc32 .md2 .md4 .md5 .sha1 .sha2 .sha224 .sha256 .sha384 .sha512 |
checksums         | | checksum, hash, hashes
simple file verification | .sfv | sfv
spline font database | .sfd |
opentype feature file | .fea | afdko
sieve             | .sieve |
selinux policy    | .te | selinux kernel policy language, sepolicy
redirect rules    | | redirects
mcfunction        | .mcfunction |
conll-u           | .conllu .conll | conll, conll-x
adblock filter list | | ad block filters, adblock
text mate properties | .tm_properties | textmate properties
wavefront object  | .obj |
wavefront material | .mtl |
world of warcraft addon data | |
xcompose          | .xcompose |
jq                | .jq |
kakounescript     | .kak | kak, kakscript

[hash lines]
gettext catalog   | .po .pot | pot
diff              | .diff .patch | udiff
darcs patch       | .darcspatch .dpatch | dpatch

[ini]
ini               | .ini .cfg .cnf .dof .lektorproject .prefs .url .conf | dosini, conf
editorconfig      | .editorconfig | editor-config
desktop           | .desktop .desktop.in .service .socket .timer .mount |
godot resource    | .tres .tscn .gdnlib .gdns .godot .import |
altium designer   | .outjob .pcbdoc .prjpcb .schdoc | altium
windows registry entries | .reg |
openstep property list | .glyphs |
microsoft visual studio solution | .sln |
ltspice symbol    | |
valve data format | .vdf | keyvalues, vdf
dns zone          | .zone .arpa |

[properties]
java properties   | .properties |

[semicolon]
autohotkey        | .ahk .ahkl | ahk
autoit            | .au3 | au3, autoit3, autoitscript
llvm              | .ll |
rebol             | .reb .r2 .r3 .rebol |
red               | .red .reds | red/system
m                 | .mumps | mumps
purebasic         | .pb .pbi |
blitzbasic        | .decls | b3d, blitz3d, blitzplus, bplus
jasmin            | .jasmin |
idl               | .dlm |
mirc script       | .mrc |
ncl               | .ncl |
abnf              | .abnf |
redcode           | .cw |
pep8              | .pep |
zap               | .zap .xzap |
firrtl            | .fir |
logo              | .lgo |
gerber image      | .gbr | rs-274x

[semicolon block]
nsis              | .nsi .nsh |
csound            | .orc .udo | csound-orc
csound score      | .sco | csound-sco
csound document   | .csd | csound-csd

[assembly]
assembly          | .asm .a51 .nasm | nasm, asm, fasm, masm
motorola 68k assembly | .x68 | m68k
apollo guidance computer | .agc |

[unix assembly]
unix assembly     | .s .S .sx | gas, gnu asm, unix asm

[percent]
asn.1             | .asn .asn1 | asn1
metapost          | .mp |
metafont          | .mf |

[percent block]
lilypond          | .ly .ily |

[postscript]
postscript        | .ps .eps .epsi .pfa | postscr

[dash]
eiffel            | .e |
applescript       | .applescript .scpt | osascript
euphoria          | .exw |
livecode script   | .livecodescript |
genero 4gl        | .4gl |
genero per        | .per |

[bang]
factor            | .factor |

[ml]
tla               | .tla |
turing            | .tu |
txl               | .txl |

[forth]
forth             | .fth .4th .forth .frt |

[smalltalk]
smalltalk         | .st | squeak, pharo
inform 7          | .ni .i7x | i7, inform7

[apl]
apl               | .apl .dyalog |
j                 | .ijs |

[xquery]
xquery            | .xquery .xq .xql .xqm .xqy |
jsoniq            | .jsoniq |

[roff]
roff              | .roff .1 .1in .1m .1x .2 .3 .3in .3m .3p .3pm .3qt .3x .4 .5 .6 .7 .8 .9 |
roff              | .me .mdoc .rno .tmac | groff, nroff, troff
roff manpage      | .man | man, manpage, mandoc, man page, man-page
pic               | .pic .chem | pikchr

[text]
markdown          | .md .markdown .livemd .mdown .mdwn .mkd .mkdn .mkdown .ronn .workbook |
markdown          | | md, pandoc
restructuredtext  | .rst .rest .rest.txt .rst.txt | rst
asciidoc          | .asciidoc .adoc |
text              | .txt .no .text | plain text, plaintext, fundamental
org               | .org |
creole            | .creole |
textile           | .textile |
rdoc              | .rdoc |
wikitext          | .mediawiki .wiki .wikitext | mediawiki, wiki
texinfo           | .texi .texinfo .txi |
gemini            | .gmi | gemtext
vim help file     | | help, vimhelp
muse              | .muse | amusewiki
rich text format  | .rtf |
csv               | .csv |
tsv               | .tsv | tab-seperated values
http              | .http |
irc log           | .irclog .weechatlog | irc, irc logs
public key        | .pub |
pickle            | .pickle |
raw token data    | .raw | raw
formatted         | .eam.fs |
e-mail            | .eml .mbox | email, eml, mail, mbox
subrip text       | .srt |
webvtt            | .vtt | vtt
icalendar         | .ics .ical | ical
vcard             | .vcf | virtual contact file
pure data         | .pd |
befunge           | .befunge |
brainfuck         | .bf .b |
lolcode           | .lol |
omgrofl           | .omgrofl |
objdump           | .objdump |
c-objdump         | .c-objdump |
cpp-objdump       | .cppobjdump .c++-objdump .c++objdump .cpp-objdump .cxx-objdump | c++-objdump
d-objdump         | .d-objdump |
adobe font metrics | .afm | afm, acfm, amfm
figlet font       | .flf | figfont
glyph bitmap distribution format | .bdf |
x font directory index | |
kicad legacy layout | |
textgrid          | .textgrid |
gedcom            | .ged |
git revision list | |
star              | | cif
stl               | .stl | ascii stl, stla
2-dimensional array | | 2da
cue sheet         | |
object data instance notation | |
runoff            | .rnh |
regular expression | .regexp .regex | regexp, regex
mermaid           | .mmd .mermaid | mermaid example
plantuml          | .puml .iuml .plantuml |
proguard          | |
muf               | .muf |
win32 message file | |
"""

# Well-known file names; also tried up to their first dot (Dockerfile.prod, Makefile.am).
FILE_NAMES: dict[str, str] = {
    "cmake": "CMakeLists.txt",
    "coffeescript": "Cakefile",
    "apacheconf": ".htaccess apache2.conf httpd.conf",
    "alpine abuild": "APKBUILD",
    "browserslist": ".browserslistrc browserslist",
    "caddyfile": "Caddyfile",
    "codeowners": "CODEOWNERS",
    "common lisp": ".sbclrc",
    "crontab": "crontab",
    "dockerfile": "Dockerfile Containerfile",
    "dotenv": ".env .flaskenv",
    "dune": "dune-project dune",
    "earthly": "Earthfile",
    "editorconfig": ".editorconfig",
    "emacs lisp": ".emacs .spacemacs Cask Eask",
    "git attributes": ".gitattributes",
    "git config": ".gitconfig .gitmodules",
    "go module": "go.mod",
    "go workspace": "go.work",
    "gosum": "go.sum go.work.sum",
    "groovy": "Jenkinsfile",
    "gdb": ".gdbinit",
    "gn": ".gn",
    "ignore list": ".gitignore .dockerignore .npmignore .eslintignore .prettierignore .hgignore",
    "javascript": "Jakefile",
    "json": "composer.lock Pipfile.lock flake.lock .watchmanconfig .arcconfig .htmlhintrc",
    "json with comments": ".babelrc .eslintrc.json .jshintrc tsconfig.json jsconfig.json "
    "language-configuration.json devcontainer.json .swcrc .jscsrc",
    "just": "justfile Justfile .justfile",
    "lua": ".luacheckrc",
    "m4sugar": "configure.ac configure.in",
    "makefile": "Makefile makefile GNUmakefile BSDmakefile Kbuild Makefile.am Makefile.in "
    "Makefile.inc mkfile",
    "maven pom": "pom.xml",
    "ant build system": "build.xml ant.xml",
    "meson": "meson.build meson_options.txt meson.options",
    "nanorc": ".nanorc nanorc",
    "nextflow": "nextflow.config",
    "nginx": "nginx.conf",
    "npm config": ".npmrc",
    "perl": "Makefile.PL cpanfile Rexfile ack",
    "pip requirements": "requirements.txt requirements-dev.txt dev-requirements.txt",
    "procfile": "Procfile",
    "puppet": "Modulefile",
    "python": "SConstruct SConscript wscript .gclient DEPS",
    "r": ".Rprofile",
    "readline config": ".inputrc inputrc",
    "robots.txt": "robots.txt",
    "ruby": "Rakefile Gemfile Guardfile Vagrantfile Podfile Capfile Berksfile Brewfile Fastfile "
    "Appfile Dangerfile Thorfile Puppetfile Appraisals Buildfile Deliverfile Mavenfile Snapfile "
    "Steepfile Jarfile .irbrc .pryrc .simplecov",
    "shell": ".bashrc .bash_profile .bash_aliases .bash_login .bash_logout .bash_history .profile "
    ".zshrc .zshenv .zprofile .zlogin .zlogout .kshrc .login .envrc bashrc zshrc profile PKGBUILD "
    "gradlew",
    "snakemake": "Snakefile",
    "soong": "Android.bp",
    "ssh config": "ssh_config sshd_config known_hosts",
    "starlark": "BUILD BUILD.bazel WORKSPACE WORKSPACE.bazel MODULE.bazel Tiltfile BUCK",
    "tcsh": ".cshrc .tcshrc",
    "text": "LICENSE LICENCE COPYING COPYRIGHT README NEWS INSTALL AUTHORS CHANGELOG NOTICE TODO",
    "toml": "Cargo.lock poetry.lock Pipfile uv.lock pdm.lock Gopkg.lock",
    "vim script": ".vimrc vimrc _vimrc .gvimrc .nvimrc .exrc",
    "wget config": ".wgetrc",
    "xml": ".classpath .project .cproject App.config Web.config NuGet.config packages.config",
    "yaml": ".clang-format .clang-tidy .clangd .gemrc yarn.lock glide.lock CITATION.cff "
    "pixi.lock .prettierrc.yaml",
}

# What a first line `#!` may name, without path and version digits.
INTERPRETERS: dict[str, str] = {
    "applescript": "osascript",
    "awk": "awk gawk mawk nawk",
    "c": "tcc",
    "clojure": "bb clojure",
    "coffeescript": "coffee",
    "common lisp": "sbcl clisp ecl ccl lisp",
    "crystal": "crystal",
    "d": "rdmd dmd",
    "dart": "dart",
    "elixir": "elixir iex",
    "emacs lisp": "emacs",
    "erlang": "escript",
    "f#": "dotnet-fsi fsharpi",
    "fish": "fish",
    "gnuplot": "gnuplot",
    "groovy": "groovy",
    "haskell": "runhaskell runghc stack",
    "janet": "janet",
    "java": "java jshell",
    "javascript": "node nodejs js d8 rhino qjs gjs",
    "julia": "julia",
    "just": "just",
    "kotlin": "kotlin",
    "lua": "lua luajit",
    "makefile": "make gmake",
    "nim": "nim",
    "nushell": "nu",
    "ocaml": "ocaml ocamlrun ocamlscript",
    "octave": "octave",
    "openrc runscript": "openrc-run",
    "perl": "perl cperl",
    "php": "php",
    "powershell": "pwsh powershell",
    "prolog": "swipl yap",
    "python": "python pypy ipython uv sage-python",
    "r": "Rscript r littler",
    "racket": "racket",
    "raku": "raku perl6 rakudo",
    "ruby": "ruby jruby rbx macruby rake",
    "rust": "rust-script",
    "sage": "sage",
    "scala": "scala scala-cli amm",
    "scheme": "guile gosh csi chez scheme scheme-script bigloo",
    "sed": "sed gsed ssed",
    "shell": "sh bash zsh dash ksh ash mksh pdksh rc bats",
    "standard ml": "sml smlnj poly",
    "swift": "swift",
    "tcl": "tclsh wish expect",
    "tcsh": "tcsh csh",
    "typescript": "deno bun ts-node tsx",
    "xonsh": "xonsh",
}
