val s = """\""" + "x" + 'c'; fun `doesn't fail`() = "a${m["b"]}"
