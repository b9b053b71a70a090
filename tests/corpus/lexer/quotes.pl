my @a = qw(a' b); split /'/, $x; $h{s}{y}; $a / $b / $c; %s; $o->s('x'); y => 1;
$x =~ tr/a-z'/A-Z"/; $x =~ s{'} {"}gx; $x // 'a' . '/'; m{'}x and print q(it's), qq["$x"], $' . $";
return $x / 2 if grep /'/, @y; y = 1; s = 2;
