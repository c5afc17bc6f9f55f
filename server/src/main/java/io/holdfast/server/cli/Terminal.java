package io.holdfast.server.cli;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/**
 * Everything a command knows of where it was called: the two outputs, the environment, the width.
 *
 * @param out for answers
 * @param err for failures and progress
 * @param environment environment variables
 * @param home the user's home directory
 * @param width columns that a line may have
 * @param colours whether escape sequences for colours may be written
 * @param clock wall time, for what people read
 */
public record Terminal(
        PrintWriter out,
        PrintWriter err,
        Map<String, String> environment,
        Path home,
        int width,
        boolean colours,
        InstantSource clock) {

    static final int DEFAULT_WIDTH = 80;
    private static final int WIDTH_MIN = 40;

    /** The terminal that this process was started on. */
    @SuppressWarnings("SystemConsoleNull") // its contract still allows null, and other JDKs may do it
    public static Terminal ofThisProcess() {
        Map<String, String> environment = System.getenv();
        Console console = System.console();
        boolean interactive = console != null && console.isTerminal();
        return new Terminal(
                writer(FileDescriptor.out),
                writer(FileDescriptor.err),
                environment,
                Path.of(System.getProperty("user.home", "/")),
                width(environment),
                // An empty NO_COLOR counts as unset, as its convention says.
                interactive
                        && environment.getOrDefault("NO_COLOR", "").isEmpty()
                        && !environment.getOrDefault("TERM", "").equals("dumb"),
                InstantSource.system());
    }

    /** UTF-8 whatever the locale: names come from the API as Unicode, and JSON is UTF-8 by definition. */
    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
    }

    static int width(Map<String, String> environment) {
        try {
            int columns =
                    Integer.parseInt(environment.getOrDefault("COLUMNS", "").strip());
            return Math.max(WIDTH_MIN, columns);
        } catch (NumberFormatException e) {
            return DEFAULT_WIDTH;
        }
    }
}
