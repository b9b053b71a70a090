use strict; package A::B;
my ($x, @y, %h) = (shift, @_, (a => 1)); # it's
$x =~ s/'/"/g; $x =~ m#a/b#; $n = $#y; print "it's @{[ $x ]} $h{'k'}\n" unless /#/;
print <<"EOT" . 'b';
It's a "heredoc
EOT
=pod

words

=cut
