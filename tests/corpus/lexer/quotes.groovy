def r = ~/'/; x =~ /"/; a / b / c; println /'/; split(/'/); f(~/it's/) + "done"
