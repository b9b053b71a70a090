#include <stdio.h>
#  include "local.h" // spaced
#pragma once
#define MAX(a, b) ((a) > (b) ? (a) : (b)) /* macro */ \
                  /* continued */
#define STR(x) #x ## _suffix
#if defined(X) && !defined(__APPLE__) /* cond */
#error don't build
#endif
static inline const char *f(int argc, char **argv, unsigned long long n) {
    int *p = &argc, **q = &p; *p = **q * 3; p->x.y[0]++;
    * p = 4;
    char c = '\'', d = '"', e = '\0', m = 'ab';
    const char *s = "a \"quoted\" // not comment" " joined /* no */";
    char *cont = "string continued \
on the next line";
    L"wide" u8"utf" '\x41'; 0xFFULL + 1.0f + 1e-5 + 0x1.8p3;
    /* multi-line
     * comment interior with int x = 1;
     ** double star
       interior without star: int y = 2;
     */ int after = 1;
    if (a&&b||!c^~d%e<<2>>=1) goto end; // don't
    return *s ? s : "unterminated
end: /* unclosed opening
}
??=define TRIGRAPH
