package io.holdfast.store;

import io.holdfast.secrets.Subprocess;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * As whom the embedded server runs. PostgreSQL refuses to run as root, so root has to step down, in one of two ways.
 *
 * <p>Whoever owns the data directory runs the server; for a new one, root prefers another account. That account must be
 * able to walk to the programs and the data, which it cannot where a directory on the way is private (a home directory
 * of root, for example). There the server runs in a user namespace instead: the kernel shows it an unprivileged user,
 * takes all capabilities from it, and leaves the files to root.
 */
sealed interface ServerAccount {

    /** We are not root: the server runs as we do. */
    record Same() implements ServerAccount {}

    /** Another account of this machine. */
    record Other(int uid, int gid) implements ServerAccount {}

    /** Root, without any capability, called nobody inside a user namespace. */
    record Namespace() implements ServerAccount {}

    /** Accounts that root looks for, best first. PostgreSQL insists on one with an entry in passwd. */
    List<String> PREFERRED = List.of("holdfast", "postgres", "nobody");

    /**
     * Words to put before a command so that it runs under this account, in a session of its own (Ctrl-C in a terminal
     * is for the controller, which then stops the server in order), and gets {@code signal} from the kernel when the
     * thread that started it is gone. Each of these programs executes the next in its own place, so the process that
     * Java started <em>is</em> the server.
     */
    default List<String> prefix(String signal) {
        List<String> words = new ArrayList<>(List.of("setsid"));
        switch (this) {
            case Same() -> words.addAll(List.of("setpriv", "--pdeathsig=" + signal));
            case Other(int uid, int gid) ->
                words.addAll(List.of(
                        "setpriv", "--reuid=" + uid, "--regid=" + gid, "--clear-groups", "--pdeathsig=" + signal));
            case Namespace() ->
                words.addAll(
                        List.of("unshare", "--user", "--map-user=65534", "--", "setpriv", "--pdeathsig=" + signal));
        }
        words.add("--");
        return words;
    }

    /**
     * Chooses the account.
     *
     * @param data the data directory, which need not exist yet
     * @param programs the unpacked programs
     * @throws StoreRefused when no account can do it; the message names the directory that is in the way
     */
    static ServerAccount choose(Path data, Path programs) throws IOException {
        int self = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        boolean exists = Files.isDirectory(data);
        if (self != 0) {
            if (exists && (Integer) Files.getAttribute(data, "unix:uid") != self) {
                throw new StoreRefused(
                        "the database in " + data + " belongs to user " + Files.getOwner(data)
                                + "; start the controller as that user or as root",
                        null);
            }
            return new Same();
        }
        Path parent = data.getParent() == null ? data : data.getParent();
        if (exists) {
            int uid = (Integer) Files.getAttribute(data, "unix:uid");
            int gid = (Integer) Files.getAttribute(data, "unix:gid");
            if (uid == 0) {
                return new Namespace();
            }
            Other owner = new Other(uid, gid);
            @Nullable Path wall = firstClosed(owner, parent, programs);
            if (wall != null) {
                throw new StoreRefused(
                        "the directory " + wall + " is closed to user " + Files.getOwner(data)
                                + ", who owns the database in " + data + "; run: chmod o+x " + wall,
                        null);
            }
            return owner;
        }
        Optional<Other> other = preferred();
        @Nullable Path wall = other.isEmpty() ? parent : firstClosed(other.get(), parent, programs);
        if (other.isPresent() && wall == null) {
            return other.get();
        }
        if (namespaceWorks()) {
            return new Namespace();
        }
        throw new StoreRefused(
                other.isEmpty()
                        ? "PostgreSQL does not run as root, and this machine has none of the accounts " + PREFERRED
                                + "; create one, or name a server in store.url"
                        : "PostgreSQL does not run as root, and the directory " + wall
                                + " is closed to the other accounts" + "; run: chmod o+x " + wall
                                + " , or choose another state directory",
                null);
    }

    private static Optional<Other> preferred() throws IOException {
        List<String> entries = Files.readAllLines(Path.of("/etc/passwd"), java.nio.charset.StandardCharsets.ISO_8859_1);
        for (String name : PREFERRED) {
            for (String entry : entries) {
                String[] fields = entry.split(":", -1);
                if (fields.length > 3 && fields[0].equals(name) && !fields[2].equals("0")) {
                    return Optional.of(new Other(Integer.parseInt(fields[2]), Integer.parseInt(fields[3])));
                }
            }
        }
        return Optional.empty();
    }

    /** The first directory, from the root down, that the account may not pass through; null when the way is free. */
    static @Nullable Path firstClosed(Other account, Path... ends) throws IOException {
        for (Path end : ends) {
            Path real = end.toRealPath();
            for (int depth = 0; depth <= real.getNameCount(); depth++) {
                Path step = depth == 0 ? Path.of("/") : Path.of("/").resolve(real.subpath(0, depth));
                int uid = (Integer) Files.getAttribute(step, "unix:uid");
                int gid = (Integer) Files.getAttribute(step, "unix:gid");
                int mode = (Integer) Files.getAttribute(step, "unix:mode");
                int bit = uid == account.uid() ? 0100 : gid == account.gid() ? 0010 : 0001;
                if ((mode & bit) == 0) {
                    return step;
                }
            }
        }
        return null;
    }

    private static boolean namespaceWorks() throws IOException {
        List<String> command = new ArrayList<>(new Namespace().prefix("KILL"));
        command.add("true");
        return Command.run(command, java.time.Duration.ofSeconds(10)).exit() == 0;
    }

    /** A short-lived helper program, with a deadline. */
    record Command(int exit, String output) {

        static Command run(List<String> words, java.time.Duration limit) throws IOException {
            ProcessBuilder builder = Subprocess.of(words).redirectErrorStream(true);
            builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
            clean(builder);
            Process process = builder.start();
            // The reader ends when the process does, and the timer makes sure that the process does.
            Thread timer = Thread.ofPlatform()
                    .daemon()
                    .name("store-command-limit")
                    .start(() -> {
                        try {
                            if (!process.waitFor(limit.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS)) {
                                process.destroyForcibly();
                            }
                        } catch (InterruptedException e) {
                            // Interrupted by the end of the command, which is all this thread waits for.
                            Thread.currentThread().interrupt();
                        }
                    });
            StringBuilder output = new StringBuilder();
            try (BufferedReader reader = process.inputReader()) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    output.append(line).append('\n');
                }
                int exit = process.waitFor();
                timer.interrupt();
                return new Command(exit, output.toString().strip());
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while running " + words.getFirst(), e);
            }
        }

        /** No variable of ours (PGDATA, LD_PRELOAD, …) may steer the server, and its messages stay English. */
        static void clean(ProcessBuilder builder) {
            builder.directory(new java.io.File("/"));
            builder.environment().clear();
            builder.environment().put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
            builder.environment().put("LC_ALL", "C");
            builder.environment().put("TZ", "UTC");
        }
    }
}
