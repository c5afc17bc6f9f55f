package io.holdfast.fencing.agents;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Pattern;

/**
 * A program that an agent runs in place of {@code ipmitool}, for the length of one run.
 *
 * <p>An agent that knows no password gives {@code ipmitool} an empty one, {@code -P ''}, and that would go before any other. This program
 * takes the pair away and has {@code ipmitool} read the password from its environment ({@code -E}). It holds no secret itself.
 *
 * <p>Made anew for each run: what lies in a directory for temporary files for long is cleared away some day.
 */
final class IpmitoolStandIn implements AutoCloseable {

    private static final String PROGRAM = """
            #!/bin/sh
            # ipmitool for a fence agent: the password comes from the environment, never as an argument.
            left=$#
            while [ "$left" -gt 0 ]; do
                if [ "$left" -gt 1 ] && [ "$1" = -P ] && [ -z "$2" ]; then
                    shift 2
                    left=$((left - 2))
                else
                    set -- "$@" "$1"
                    shift
                    left=$((left - 1))
                fi
            done
            exec "$HOLDFAST_IPMITOOL" -E "$@"
            """;

    /** Agents put the path into a command line as it is. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9/._+-]+");

    private final Path directory;
    private final Path program;

    private IpmitoolStandIn(Path directory) {
        this.directory = directory;
        this.program = directory.resolve("ipmitool");
    }

    /**
     * @param ipmitool the real one
     * @param temporary where it is put
     * @param forAll whether another account than ours will run it
     * @throws IOException if there is no real one, or no program can be run from there
     */
    static IpmitoolStandIn make(String ipmitool, Path temporary, boolean forAll) throws IOException {
        if (!Files.isExecutable(Path.of(ipmitool))) {
            throw new IOException("ipmitool, which the agent runs, is not at " + ipmitool
                    + " or cannot be run; on Debian it is in the package ipmitool");
        }
        Path directory = Files.createTempDirectory(temporary, "holdfast-ipmitool-");
        IpmitoolStandIn made = new IpmitoolStandIn(directory);
        try {
            made.write(forAll);
        } catch (IOException | RuntimeException e) {
            made.close();
            throw e;
        }
        return made;
    }

    private void write(boolean forAll) throws IOException {
        Files.writeString(program, PROGRAM);
        // Said after they were made, because what is said while they are made is cut by the process's mask.
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString(forAll ? "rwxr-xr-x" : "rwx------"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(forAll ? "rwx--x--x" : "rwx------"));
        if (!PLAIN.matcher(program.toString()).matches() || !Files.isExecutable(program)) {
            throw new IOException("no program can be run from " + directory.getParent()
                    + ", the directory for temporary files: it is mounted noexec, or its name has other characters than letters,"
                    + " digits and ./_+-; name another one with -Djava.io.tmpdir");
        }
    }

    String path() {
        return program.toString();
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(program);
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            // Nothing secret is left, and no answer of the agent is thrown away for it: it goes with this process.
            directory.toFile().deleteOnExit();
            program.toFile().deleteOnExit();
        }
    }
}
