package io.holdfast.server.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Where a person or a pipe hands over a secret. Never the command line, which everybody on the machine may read. */
public interface SecretInput {

    /** The longest secret that is taken, in bytes. */
    int BYTES_MAX = 16 * 1024;

    /**
     * @param what is asked for, shown to a person
     * @return the bytes as they came, at most one more than {@link #BYTES_MAX}
     * @throws CommandFailure when a person types two different ones
     */
    byte[] read(String what) throws IOException;

    /** A prompt without echo when standard input is a terminal, else all of standard input. */
    @SuppressWarnings("SystemConsoleNull") // its contract still allows null, and other JDKs may do it
    static SecretInput ofThisProcess() {
        return what -> {
            Console console = System.console();
            // Java's console is a terminal only if input and output both are; then nothing is echoed.
            return console != null && console.isTerminal() ? typed(console, what) : System.in.readNBytes(BYTES_MAX + 1);
        };
    }

    private static byte[] typed(Console console, String what) {
        char[] once = console.readPassword("%s: ", what);
        char[] again = console.readPassword("%s, once more: ", what);
        if (once == null || again == null || !Arrays.equals(once, again)) {
            throw new CommandFailure(ExitCode.USAGE, "these were two different ones; nothing was written", "");
        }
        var bytes = StandardCharsets.UTF_8.encode(CharBuffer.wrap(once));
        byte[] line = new byte[bytes.remaining() + 1];
        bytes.get(line, 0, line.length - 1);
        line[line.length - 1] = '\n';
        return line;
    }
}
