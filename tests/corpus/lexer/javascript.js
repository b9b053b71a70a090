'use strict';
// a line comment with 'quotes' and `ticks`
import React, { useState } from "react"; /* block */ import './side-effect.css';
const fs = require('fs'); // "import" in another form
/**
 * A doc comment. * stars * inside
 * @param {string} x
 */
export default async function* gen($el, { a = 1, ...rest } = {}) {
  const t = `one ${a + `nested ${b}`} line`;
  const multi = `first line
    second ${line} // not a comment, but taken for one
  last`;
  const re = /ab+c/gi.test(s) && /['"`]/.test(s) && /\/\*/.test(s);
  const url = 'https://example.org//x'; /* a */ let z = 1; /* b */
  /* a comment /* does not nest */ still_code();
  x = a / b / c; y = a++ / 2; // division
  return a ?? b?.c || d === e !== f >>> 1 => { };
  s = 'unterminated
  t = "a \' b \\" + 'c';
  #privateField = 1n; label: for (const k of m) continue label;
  /* unclosed opening drops the rest
  this line is code again */
  * generator_or_comment
  const jsx = <div className="a" onClick={() => go(1)}>Don't panic, {name}!</div>;
  return <>
    {/* a comment in JSX */}
    <Foo {...props} key={`k-${i}`} />
  </>;
}
