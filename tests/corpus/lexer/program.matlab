function y = f(x) % it's
import pkg.*
s = sprintf('%d it''s %s\n', x); t = "double ""q"""; A = B' * C'; % end
%{
block
%}
y = [1, 2; 3 4](end:-1:1) ~= x.^2; ...
