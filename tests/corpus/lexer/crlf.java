public class Crlf {
	int x = 1; // tab and CR
		String s = "open
	char c = 'x';

}
