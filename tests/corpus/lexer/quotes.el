(eq c ?\") (list 'a "b") (eq d ?\') #\" `(,x "y")
