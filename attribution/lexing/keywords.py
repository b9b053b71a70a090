"""Words that stay themselves in the renamed token stream, per language.

A word is listed when nobody can use it (or nobody does use it) as the name of something:
reserved words, literals, and the names of built-in types. Words that are keywords in one place
and everyday names in another (Python's `match`, TypeScript's `string`, C#'s `value`) are left
out: if one of them were kept, renaming a variable of that name would break every k-gram
around it. Words that snippets carry from one language into a close relative share one table.

The second kind of table, IMPORTS, holds the first words of lines that only import or include.
"""

from __future__ import annotations

__all__ = ["IMPORTS", "KEYWORDS"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEYWORDS: dict[str, frozenset[str]] = {
    "python": _words("""
        False None True and as assert async await break class continue def del elif else except
        finally for from global if import in is lambda nonlocal not or pass raise return try while
        with yield cdef cpdef cimport
    """),
    # The words that ECMAScript 3 reserved (int, final, ...) are here because TypeScript and the
    # JavaScript dialects use many of them, and nobody else does.
    "javascript": _words("""
        abstract arguments async await boolean break byte case catch char class const continue
        debugger default delete do double else enum export extends false final finally float for
        function goto if implements import in instanceof int interface keyof let long native new
        null package private protected public readonly return satisfies short static super switch
        synchronized this throw throws transient true try typeof undefined var void volatile while
        with yield
    """),
    "java": _words("""
        abstract assert boolean break byte case catch char class const continue default do double
        else enum extends false final finally float for goto if implements import instanceof int
        interface long native new null package private protected public return short static strictfp
        super switch synchronized this throw throws transient true try var void volatile while
    """),
    # C, C++, Objective-C, CUDA, OpenCL and the shading languages. Objective-C's own words begin
    # with "@", which this family's names may hold.
    "c": _words("""
        alignas alignof asm auto bool break case catch char class co_await co_return co_yield
        concept const const_cast consteval constexpr constinit continue decltype default delete do
        double dynamic_cast else enum explicit export extern false float for friend goto if inline
        int long mutable namespace new noexcept nullptr operator private protected public register
        reinterpret_cast requires restrict return short signed sizeof static static_assert
        static_cast struct switch template this thread_local throw true try typedef typeid typename
        typeof union unsigned using virtual void volatile wchar_t while _Alignas _Alignof _Atomic
        _Bool _Complex _Generic _Noreturn _Static_assert _Thread_local __attribute__ __inline
        __inline__ __restrict __restrict__ __asm__ __volatile__ __typeof__ NULL size_t ssize_t
        ptrdiff_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t intptr_t
        uintptr_t char8_t char16_t char32_t define undef ifdef ifndef elif endif include pragma
        defined id nil Nil YES NO SEL IMP BOOL instancetype @interface @implementation @protocol
        @property @synthesize @dynamic @end @class @selector @encode @try @catch @finally @throw
        @synchronized @autoreleasepool @public @private @protected @package @optional @required
        @import @available __global__ __device__ __host__ __shared__ __constant__ __kernel __global
        __local kernel vec2 vec3 vec4 mat2 mat3 mat4 sampler2D uniform varying float2 float3 float4
    """),
    "c#": _words("""
        abstract as async await base bool break byte case catch char checked class const continue
        decimal default delegate do double dynamic else enum event explicit extern false finally
        fixed float for foreach goto if implicit in int interface internal is lock long namespace
        nameof new null object operator out override params partial private protected public
        readonly record ref return sbyte sealed short sizeof stackalloc static string struct switch
        this throw true try typeof uint ulong unchecked unsafe ushort using var virtual void
        volatile where while yield
    """),
    "go": _words("""
        break case chan const continue default defer else fallthrough for func go goto if import
        interface map package range return select struct switch type var
        bool byte complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string
        uint uint8 uint16 uint32 uint64 uintptr true false nil iota
    """),
    "rust": _words("""
        Self abstract as async await become box break const continue crate do dyn else enum extern
        false final fn for if impl in let loop macro match mod move mut override priv pub ref return
        self static struct super trait true try type typeof unsafe unsized use virtual where while
        yield bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize
        Some None Ok Err Option Result Vec String Box
    """),
    "ruby": _words("""
        BEGIN END __ENCODING__ __FILE__ __LINE__ __method__ alias and begin break case class def
        defined do else elsif end ensure false for if in module next nil not or redo rescue retry
        return self super then true undef unless until when while yield
        attr_accessor attr_reader attr_writer private protected public raise require
        require_relative extend lambda proc
    """),
    "php": _words("""
        abstract and array as break callable case catch class clone const continue declare default
        die do echo else elseif empty enddeclare endfor endforeach endif endswitch endwhile enum
        eval exit extends false final finally fn for foreach function global goto if implements
        include include_once instanceof insteadof interface isset list match namespace new null or
        print private protected public readonly require require_once return self static switch
        throw trait true try unset use var while xor yield bool int float string void mixed iterable
        TRUE FALSE NULL $this php __CLASS__ __DIR__ __FILE__ __FUNCTION__ __METHOD__ __NAMESPACE__
    """),
    "kotlin": _words("""
        abstract actual annotation as break by catch class companion const constructor continue
        crossinline do else enum expect external false final finally for fun get if import in
        infix init inline inner interface internal is lateinit noinline null object open operator
        out override package private protected public reified return sealed set super suspend
        tailrec this throw true try typealias typeof val var vararg when where while
        Any Boolean Byte Char Double Float Int Long Nothing Short String Unit
    """),
    "swift": _words("""
        Any Self as associatedtype async await break case catch class continue convenience default
        defer deinit do dynamic else enum extension fallthrough false fileprivate final for func
        guard if import in indirect infix init inout internal is lazy let mutating nil nonmutating
        open operator optional override postfix precedencegroup prefix private protocol public
        repeat required rethrows return self some static struct subscript super switch throw throws
        true try typealias unowned var weak where while willSet didSet
        Bool Character Double Float Int Int8 Int16 Int32 Int64 String UInt UInt8 UInt16 UInt32
        UInt64 Void
    """),
    "scala": _words("""
        abstract case catch class def do else enum export extends false final finally for forSome
        given if implicit import lazy match new null object override package private protected
        return sealed super then this throw trait true try type val var while with yield
        Any AnyRef AnyVal Boolean Byte Char Double Float Int Long Nothing Short String Unit
    """),
    # Commands are never renamed, so the built-in ones count as keywords.
    "shell": _words("""
        if then elif else fi for in do done while until case esac function select time coproc
        alias bg break builtin cd command continue declare echo eval exec exit export false getopts
        hash local printf pwd read readonly return set shift shopt source test trap true type
        typeset ulimit umask unalias unset wait
        awk cat chmod chown cp curl cut dirname basename find git grep head ln ls mkdir mktemp mv
        rm sed sleep sort sudo tail tar tee touch tr uniq wc wget which xargs
    """),
    "lua": _words("""
        and break continue do else elseif end export false for function goto if in local nil not or
        repeat return self then true until while ipairs pairs require pcall setmetatable tostring
        tonumber type
    """),
    "perl": _words("""
        and bless chomp chop cmp continue defined delete die do each else elsif eq eval exists exit
        foreach for ge goto grep gt if join keys last le local lt map my ne next no not or our
        package pop print printf push redo ref require return say scalar shift sort splice split
        sprintf state sub substr undef unless unlink unshift until use values wantarray while xor
        qw qq qr __PACKAGE__ __FILE__ __LINE__ __END__ __DATA__ BEGIN END
        $_ @_ $0 $1 $2 $3 $self
    """),
    "r": _words("""
        if else repeat while function for in next break TRUE FALSE NULL Inf NaN NA NA_integer_
        NA_real_ NA_character_ library require return c list data.frame stop warning paste paste0
        is.null is.na length
    """),
    "julia": _words("""
        abstract baremodule begin break catch const continue do else elseif end export false finally
        for function global if import in isa let local macro module mutable outer primitive quote
        return struct true try type using where while nothing missing Any Bool Int Int32 Int64
        Float32 Float64 String Vector Matrix Array Dict UInt8 UInt64
    """),
    # Haskell, Elm, PureScript, Idris, Agda.
    "haskell": _words("""
        case class data default deriving do else foreign forall if import in infix infixl infixr
        instance let module newtype of port qualified hiding then type where exposing family
        Bool Char Double Either False Float Int Integer IO Just Left Maybe Nothing Right String
        True return
    """),
    "ocaml": _words("""
        and as assert asr begin class constraint do done downto else end exception external false
        for fun function functor if in include inherit initializer land lazy let lor lsl lsr lxor
        match method mod module mutable new nonrec object of open or private rec sig struct then to
        true try type val virtual when while with fn fnc datatype abstype eqtype handle infix infixr
        local op raise signature structure unit int string bool float char list option ref
    """),
    "f#": _words("""
        abstract and as assert async base begin class default delegate do done downcast downto elif
        else end exception extern false finally fixed for fun function global if in inherit inline
        interface internal lazy let match member module mutable namespace new not null of open or
        override private public rec return select sig static struct task then to true try type
        upcast use val void when while with yield int string bool float unit option list seq array
    """),
    "sql": _words("""
        add all alter and any as asc auto_increment begin between by case cast check coalesce column
        commit constraint create cross cursor database declare default delete desc distinct drop
        else elsif end engine exception exec execute exists fetch for foreign from full function go
        grant group having if in index inner insert intersect into is join key left like limit loop
        max min count sum avg not null offset on or order outer over partition primary procedure
        raise references replace return returns revoke right rollback row rows select set table then
        to top transaction trigger truncate union unique update use using values view when where
        while with
        bigint blob boolean char date datetime decimal double float int integer numeric real
        smallint text time timestamp tinyint varchar varchar2 nvarchar number
    """),
    "dart": _words("""
        abstract as assert async await base bool break case catch class const continue covariant
        default deferred do double dynamic else enum export extends extension external factory false
        final finally for if implements import in int interface is late library mixin new null num
        on operator override part required rethrow return sealed static super switch sync this throw
        true try typedef var void while with yield String List Map Future Widget
    """),
    "elixir": _words("""
        after alias and case catch cond def defdelegate defexception defguard defimpl defmacro
        defmacrop defmodule defp defprotocol defstruct do else end false fn for if import in nil not
        or quote raise receive require rescue super true try unless unquote use when with
        @doc @moduledoc @spec @type @impl @behaviour @callback
    """),
    "erlang": _words("""
        after and andalso band begin bnot bor bsl bsr bxor case catch cond div end fun if let maybe
        not of or orelse receive rem try when xor module export import include define record spec
        type behaviour ok error true false undefined
    """),
    "fortran": _words("""
        allocatable allocate assign associate backspace bind block blockdata call case character
        class close common complex concurrent contains continue cycle data deallocate default
        deferred dimension do double elemental else elseif elsewhere end enddo endif endfunction
        endmodule endprogram endsubroutine entry enum equivalence exit extends external final
        forall format function generic goto if implicit import in inout inquire integer intent
        interface intrinsic kind logical module namelist none nullify only open operator optional
        out parameter pointer precision print private procedure program protected public pure read
        real recursive result return rewind save select sequence stop subroutine target then type
        use value volatile where while write and or not eq ne lt le gt ge true false
    """),
    "matlab": _words("""
        break case catch classdef continue else elseif end endfor endfunction endif endwhile
        enumeration events for function global if methods otherwise parfor persistent properties
        return spmd switch try until unwind_protect while true false pi inf nan
        zeros ones size length numel disp fprintf sprintf
    """),
    "visual basic": _words("""
        addhandler addressof alias and andalso as attribute boolean byref byte byval call case catch
        char class const continue date decimal declare default delegate dim directcast do double
        each else elseif end endif enum erase error event exit explicit false finally for friend
        function get getobject gosub goto handles if implements imports in inherits integer
        interface is isnot let lib like long loop me mod module mustinherit mustoverride mybase
        myclass namespace new next not nothing notinheritable notoverridable object of on option
        optional or orelse overloads overridable overrides paramarray partial private property
        protected public raiseevent readonly redim rem removehandler resume return select set
        shadows shared short single static step stop string structure sub synclock then throw to
        true try trycast typeof until using variant wend when while with withevents writeonly xor
    """),
    "pascal": _words("""
        absolute abstract and array as asm begin boolean break byte case cardinal char class const
        constructor continue destructor dispinterface div do downto else end except exit exports
        external false file finalization finally for forward function goto if implementation in
        inherited initialization inline integer interface is label library longint mod nil not
        object of on operator or out override packed private procedure program property protected
        public published raise real record repeat resourcestring result self set shl shr string then
        threadvar to true try type unit until uses var virtual while with word xor double pchar
        tobject
    """),
    "powershell": _words("""
        begin break catch class continue data default do dynamicparam else elseif end enum exit
        filter finally for foreach function hidden if in param process return static switch throw
        trap try until using while $true $false $null $_ $this $args
        -eq -ne -gt -ge -lt -le -like -notlike -match -notmatch -replace -contains -notcontains -in
        -notin -and -or -not -is -isnot -as -f -join -split -xor -band -bor
        write-host write-output write-error write-verbose get-item get-childitem new-object
        where-object foreach-object select-object out-null import-module set-strictmode get-content
        set-content test-path join-path mandatory parameter cmdletbinding string int bool
    """),
    "groovy": _words("""
        abstract as assert boolean break byte case catch char class const continue def default do
        double else enum extends false final finally float for goto if implements import in
        instanceof int interface long native new null package private protected public return short
        static super switch synchronized this throw throws trait transient true try void volatile
        while apply plugin
    """),
    "lisp": _words("""
        - * and begin case cond declare def defclass defconst defconstant defcustom defgeneric
        define defmacro defmethod defmodule defn defn- defpackage defparameter defprotocol defrecord
        defstruct deftype defun defvar defmulti do doseq dolist dotimes else eq equal false flet fn
        for if in-package interactive labels lambda let let* letfn letrec list loop macrolet nil not
        ns null or progn quote recur require return return-from save-excursion set! setf setq t true
        unless unwind-protect use-package when while car cdr cons funcall apply mapcar
    """),
    "css": _words("""
        align-items animation auto background background-color background-image background-position
        background-repeat background-size block bold border border-bottom border-color border-left
        border-radius border-right border-top bottom box-shadow box-sizing center clear color
        content cursor display fixed flex flex-direction float font font-family font-size font-style
        font-weight grid height hidden important inherit inline inline-block justify-content left
        letter-spacing line-height list-style margin margin-bottom margin-left margin-right
        margin-top max-height max-width media min-height min-width none normal opacity outline
        overflow padding padding-bottom padding-left padding-right padding-top pointer position
        relative right solid absolute static text-align text-decoration text-transform top transform
        transition transparent vertical-align visibility white-space width z-index px em rem include
        mixin extend import if else each for function return
    """),
    "html": _words("""
        html head body title meta link script style div span p a img ul ol li dl dt dd table thead
        tbody tr td th form input button label select option textarea h1 h2 h3 h4 h5 h6 br hr nav
        header footer section article aside main figure iframe canvas svg path strong em b i pre
        code class id href src alt rel type name value content width height action method xmlns
        template slot
    """),
    "latex": _words(r"""
        \begin \end \documentclass \usepackage \section \subsection \subsubsection \paragraph
        \label \ref \cite \item \textbf \textit \emph \frac \left \right \newcommand
        \renewcommand \def \caption \includegraphics \centering \bibitem \hline \mathbb \mathcal
        figure table tabular equation align itemize enumerate document
    """),
    "make": _words("""
        define else endef endif export ifdef ifeq ifndef ifneq include override sinclude undefine
        unexport vpath all clean install wildcard patsubst subst shell foreach call filter
    """),
    "cmake": _words("""
        add_compile_options add_custom_command add_custom_target add_definitions add_dependencies
        add_executable add_library add_subdirectory add_test cmake_minimum_required configure_file
        else elseif endforeach endfunction endif endmacro endwhile file find_library find_package
        find_path foreach function if include include_directories install link_directories list
        macro message option project return set set_property set_target_properties string
        target_compile_definitions target_compile_options target_include_directories
        target_link_libraries target_sources unset while
        and command defined equal exists greater in less lists matches not off on or public private
        interface required strequal true false cache append
    """),
    "dockerfile": _words("""
        add arg as cmd copy entrypoint env expose from healthcheck label maintainer onbuild run
        shell stopsignal user volume workdir apt-get apk pip npm yum install update mkdir rm
    """),
    "batch": _words("""
        call cd chdir cls copy defined del do echo else endlocal equ errorlevel exist exit for geq
        goto gtr if in leq lss md mkdir move neq not nul off on pause popd pushd rd ren rmdir set
        setlocal shift start title type xcopy
    """),
    "vhdl": _words("""
        abs access after alias all and architecture array assert attribute begin block body buffer
        bus case component configuration constant downto else elsif end entity exit file for
        function generate generic group if impure in inout is label library linkage literal loop map
        mod nand new next nor not null of on open or others out package port postponed procedure
        process pure range record register rem report return rol ror select severity shared signal
        sla sll sra srl subtype then to transport type unaffected units until use variable wait when
        while with xnor xor std_logic std_logic_vector unsigned signed integer boolean natural
        rising_edge falling_edge
    """),
    "verilog": _words("""
        always always_comb always_ff always_latch and assert assign automatic begin bit buf byte
        case casex casez class clocking constraint covergroup default defparam disable do else end
        endcase endclass endfunction endgenerate endinterface endmodule endpackage endprimitive
        endproperty endsequence endspecify endtable endtask enum extends final for force foreach
        forever fork function generate genvar if iff import include initial inout input inside int
        integer interface join localparam logic longint modport module nand negedge new nor not or
        output package packed parameter posedge primitive program property pulldown pullup rand
        randc real realtime reg release repeat return scalared sequence shortint signed specify
        static string struct super supply0 supply1 task this time timescale tri typedef union
        unique unsigned var vectored virtual void wait wand while wire with wor xnor xor define
        ifdef ifndef endif
    """),
    "ada": _words("""
        abort abs abstract accept access aliased all and array at begin body case constant declare
        delay delta digits do else elsif end entry exception exit for function generic goto if in
        interface is limited loop mod new not null of or others out overriding package pragma
        private procedure protected raise range record rem renames requeue return reverse select
        separate some subtype synchronized tagged task terminate then type until use when while with
        xor integer boolean string natural positive true false
    """),
    "tcl": _words("""
        after append array break catch continue default else elseif error eval expr file for foreach
        format global if incr info join lappend lindex list llength namespace open package proc puts
        regexp regsub rename return set source split string switch then unset uplevel upvar variable
        while
    """),
    "vim": _words("""
        abort augroup autocmd call catch command const continue echo echom else elseif endfor
        endfunction endif endtry endwhile execute finally finish for function hi highlight if in
        inoremap let map nmap nnoremap noremap normal return set setlocal silent syntax syn throw
        try unlet vnoremap while
    """),
    "nim": _words("""
        addr and as asm bind block break case cast concept const continue converter defer discard
        distinct div do elif else end enum except export finally for from func if import in include
        interface is isnot iterator let macro method mixin mod nil not notin object of or out proc
        ptr raise ref return shl shr static template try tuple type using var when while xor yield
        int string bool float true false echo
    """),
    "solidity": _words("""
        abstract address anonymous as assembly assert bool break bytes bytes32 calldata case catch
        constant constructor continue contract default delete do else emit enum event external
        fallback false for function if immutable import indexed interface internal is library
        mapping memory modifier new override payable pragma private public pure receive require
        return returns revert solidity storage string struct super this throw true try type uint
        uint8 uint256 int int256 unchecked using var view virtual while msg sender
    """),
    "proto": _words("""
        bool bytes default double enum extend extensions fixed32 fixed64 float group import int32
        int64 map max message oneof option optional package public repeated required reserved
        returns rpc service sfixed32 sfixed64 sint32 sint64 stream string struct syntax to true
        false uint32 uint64 namespace typedef exception throws list set i16 i32 i64 void
    """),
    "hcl": _words("""
        data each false for for_each if in local locals module null output provider resource source
        string terraform true var variable count depends_on description default type
    """),
    "zig": _words("""
        align allowzero and anyframe anytype asm async await break callconv catch comptime const
        continue defer else enum errdefer error export extern fn for if inline linksection noalias
        null nosuspend opaque or orelse packed pub resume return struct suspend switch test
        threadlocal try undefined union unreachable usingnamespace var volatile while bool true
        false u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64 void type
    """),
    "json": _words("true false null"),
    "yaml": _words("true false null yes no on off"),
    "awk": _words("""
        BEGIN END break continue delete do else exit for function getline gsub if in index length
        match next print printf return split sprintf sub substr tolower toupper while NR NF FS OFS
        RS
    """),
    "coffeescript": _words("""
        and await break by case catch class constructor continue debugger delete do else export
        extends false finally for if import in instanceof is isnt let loop new no not null of off
        on or own return super switch then this throw true try typeof undefined unless until when
        while yes yield function
    """),
    "nix": _words("assert else false if in inherit let null or rec then true with import"),
    "prolog": _words("is mod not rem dynamic module use_module discontiguous initialization fail"),
    "cobol": _words("""
        accept add call close comp compute copy data delete display divide division else end-call
        end-evaluate end-if end-perform end-read environment evaluate exit fd file from function
        giving go goback identification if input into is linkage move multiply not occurs of open
        output perform pic picture procedure program program-id read record redefines return
        rewrite run section select set stop string subtract then thru times to unstring until using
        value values varying when working-storage write spaces zero zeros
    """),
    "abap": _words("""
        abap_false abap_true and append as assign at begin by call case catch changing check class
        clear continue controls create data default define delete do else elseif end endat endcase
        endclass enddo endform endfunction endif endloop endmethod endselect endtry endwhile eq
        exception exit exporting field-symbols for form from function ge gt if implementation
        importing in include initial inner insert interface into is join le loop lt method methods
        modify move ne not object occurs of on or order parameters perform private protected public
        raise raising read ref refresh report returning section select set sort split structure
        table tables then to try type types up update using value when where while with write
    """),
}


IMPORTS: dict[str, frozenset[str]] = {
    "python": _words("import from cimport"),
    "javascript": _words("import"),
    "java": _words("import package"),
    "c": _words("#include #import #include_next #pragma using @import import"),
    "c#": _words("using"),
    "go": _words("import package"),
    "rust": _words("use extern mod"),
    "ruby": _words("require require_relative load autoload"),
    "php": _words("use namespace require require_once include include_once"),
    "kotlin": _words("import package"),
    "swift": _words("import @testable @_exported"),
    "scala": _words("import package export"),
    "shell": _words("source"),
    "lua": _words("require"),
    "perl": _words("use no require package"),
    "r": _words("library require source"),
    "julia": _words("using import include export"),
    "haskell": _words("import"),
    "ocaml": _words("open include"),
    "f#": _words("open module namespace #r #load"),
    "sql": _words("use"),
    "dart": _words("import export part library"),
    "elixir": _words("import alias require use"),
    "erlang": _words("-module -include -include_lib -export -import -behaviour -behavior"),
    "fortran": _words("use include implicit"),
    "matlab": _words("import"),
    "visual basic": _words("imports option attribute"),
    "pascal": _words("uses unit"),
    "powershell": _words("using import-module"),
    "groovy": _words("import package"),
    "css": _words("@import @use @charset @forward"),
    "latex": _words(r"\usepackage \documentclass \input \include \RequirePackage"),
    "make": _words("include -include sinclude"),
    "cmake": _words("include cmake_minimum_required"),
    "vhdl": _words("library use"),
    "verilog": _words("`include `timescale `default_nettype import"),
    "ada": _words("with use"),
    "tcl": _words("package source"),
    "vim": _words("source runtime"),
    "nim": _words("import include from export"),
    "solidity": _words("pragma import"),
    "proto": _words("syntax import package option include namespace"),
    "zig": _words("usingnamespace"),
    "coffeescript": _words("import"),
    "cobol": _words("copy"),
}
