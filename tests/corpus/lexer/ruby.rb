#!/usr/bin/env ruby
# frozen_string_literal: true
require 'json'
require_relative "x/y"
=begin
a block comment's words
=end
module A::B
  class C < D
    attr_reader :name, :"quoted sym" # it's
    @@count = @x = $stdout
    def empty?(a, b: 1, *c, **d, &e) = a&.b!(c) || !d
    def to_s; "name: #{@name || "nested #{1 + 1}"} # not a comment"; end
    x = %w[a b] + %q(it's) + %i{x y}; y = ?a
    re = /[#'"]/i =~ s; re2 = %r{/a#b}
    text = <<~HEREDOC.strip + <<-'RAW'
      It's a "heredoc" with #{code} and 'quotes
      # taken for a comment
    HEREDOC
    RAW
    h = { :a => 1, b: 'c', "d": e }; xs.map(&:to_s).each { |x| puts x unless x.nil? }
    z = x ? y : z; n = 1_000.5e3 + 0xff; a <=> b; a =~ b; a ** b; r = 1..2; q = 1...3
    s = 'it\'s' + "unterminated
    `ls -l`; puts "x" if a and not b; yield self, __FILE__
  end
end
__END__
data # here
