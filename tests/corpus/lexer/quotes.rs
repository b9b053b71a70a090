let s = r#"a"b"# + r"\" + b'a' + &'a str + br##"c"#d"##; match c { 'a'..'z' => "\"", r#type => 'x' }
