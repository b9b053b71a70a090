x.gsub /'/, "a" if y =~ %r{/'} && z / 2 / w
words = %w[a' b] + %i(c d) + %q{it's}; last = $' + $"; puts %(it's), x % 3, x %w
when /["']/i then split(/'/) unless a /b
