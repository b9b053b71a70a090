const clean = s.replace(/'/g, "\\'").split(/["'`]/i), n = a / b / c, half = (a + b) / 2 / q['x'];
return/'/.test(q) ? 'a' : /[/'"]/u;
f(x => /x'y/.test(x)); i++ / 2 / 3; x /= 2; y = /=/; z = [/a'/, /\/\/'/]; label: /b"/.exec(s); a >/ 2;
</div><p>don't / won't</p><br /> {x ? `a${y ? `it's` : '"'}b` : /[/'"]/} <a href='x'>it's</a>
/^starts'a line/.test(s) && "b";
/ 2 / d + 'continues a division';
var u="https://x/y",v=1/2,w=g[0]/h,m=!/'/.test(u)&&/"/.test(v)||{k:/'/},o='end';case'x':typeof'y';
unclosed = /a[/ + 'b';
