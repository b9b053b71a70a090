//! Crate's docs with `code` and "quotes
use std::{fmt, io::{self, Read}};
pub use crate::x;
mod inner;
#[derive(Debug, Clone)] #![allow(dead_code)]
/// Doc's comment
pub struct Foo<'a, T: 'static + ?Sized> where T: Fn(&'a str) -> i32 { x: &'a mut [u8; 4], y: Box<dyn T> }
/* outer /* nested */ still_comment_for_rustc(); */
impl<'a> Foo<'a> {
    fn r#match(&'a self) -> Result<(), Box<dyn Error + 'a>> {
        let c = 'x'; let q = '\''; let u = '\u{1F600}'; let b = b'\\'; let e = 'é'; let n = '"';
        let raw = r"C:\"; let raw2 = r#"say "hi" // no"#; let bytes = b"\x00\"";
        'outer: loop { break 'outer; }
        let t = x.0.1 + 1_u32 + 0xff_u8 + 1e-3_f64; for i in 0..=10 {} let r = 1..n;
        let s = "multi
            line"; println!("{:?} {{}} {x:>5}", a?.b::<T>()); // it's
        match x { Some(ref y @ 1..=5) | None if y => (), _ => unreachable!() }
        macro_rules! m { ($x:expr, $($y:tt)*) => { $x + $crate::f!($($y)*) } }
        unsafe { *p = &raw const z; }
        let _ = |&(ref a, b)| a as usize & !b << 2;
    }
}
