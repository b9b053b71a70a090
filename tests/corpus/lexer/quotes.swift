let s = #"a\"# + ##"b"#c"## + "d"; x = /'/; a / b / c
