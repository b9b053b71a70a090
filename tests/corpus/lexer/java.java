/* Licence on one line */ package org.example.app;
import static java.util.Map.*;
import java.util.List;
/**
 * Javadoc {@link Foo} with 'apostrophes' and "quotes".
 **/
@SuppressWarnings({"unchecked", "raw"}) // why
public final class Main<T extends Comparable<? super T>> implements Runnable {
    private static final char Q = '\'', B = '\\', U = '\u0041', D = '"';
    int[] a = {0x1F, 0b1010, 1_000L, 077}; double d = 1.5e10f, e = .5;
    String block = """
        text block with "quotes" and it's // not a comment, but taken for one
        """;
    String one = """in one line""" + "a\"b//c" + "/* no */";
    /* nested /* comments */ do_not(); nest();
    void run() throws IOException { for (var x : xs) { x->y(); foo::bar; } }
    @Override public String toString() { return $name_1 + "unterminated;
    }
    int c = a /* inline */ + b; // end
    */ leftover();
}
