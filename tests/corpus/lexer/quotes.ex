x = ~r/'"/i; ~w(a' b)a; "a"; ~s(it's); y = ~~~x
