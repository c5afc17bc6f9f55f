package io.holdfast.stories;

import io.holdfast.lab.Lab;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What runs on each host of the lab, asked of the kernel: it also knows when libvirtd is dead, the host is cut off, or
 * everything in it is frozen. A process belongs to the host in whose network namespace it is.
 */
final class Processes {

    private static final int COMMAND_SECONDS = 60;

    private static final Pattern UUID = Pattern.compile(" -uuid ([0-9a-f-]{36}) ");

    /** A process of the lab, by its number on the machine. */
    record Running(long pid, String command) {

        Optional<InstanceId> guest() {
            Matcher matcher = UUID.matcher(command);
            return command.contains("qemu-system") && matcher.find()
                    ? Optional.of(InstanceId.parse(matcher.group(1)))
                    : Optional.empty();
        }

        void kill() {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }

        void signal(String name) throws IOException, InterruptedException {
            if (!isSent(name)) {
                throw new AssertionError("there is nobody to be sent " + name + ": " + this);
            }
        }

        /** As above, to one that may end by itself meanwhile. */
        void signalIfAlive(String name) throws IOException, InterruptedException {
            if (!isSent(name) && alive()) {
                throw new AssertionError(this + " lives and could not be sent " + name);
            }
        }

        private boolean isSent(String name) throws IOException, InterruptedException {
            return new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                            .start()
                            .waitFor()
                    == 0;
        }

        boolean alive() {
            return Files.exists(Path.of("/proc", Long.toString(pid)));
        }
    }

    private Processes() {}

    /** Runs a command that says little, and fails with what it said if it did. */
    static void run(ProcessBuilder command) {
        try {
            Process process = command.redirectErrorStream(true).start();
            if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command.command() + " does not end");
            }
            if (process.exitValue() != 0) {
                throw new AssertionError(command.command() + " ended with " + process.exitValue() + ": "
                        + new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(command.command() + " cannot be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted in " + command.command(), e);
        }
    }

    /** The instances whose QEMU process exists on the host, running or frozen. */
    static Set<InstanceId> guests(Lab lab, HostId host) {
        Set<InstanceId> guests = new TreeSet<>();
        on(lab, host).forEach(process -> process.guest().ifPresent(guests::add));
        return guests;
    }

    static Running guest(Lab lab, HostId host, InstanceId id) {
        return one(lab, host, "QEMU of " + id, process -> process.guest().equals(Optional.of(id)));
    }

    static Running agent(Lab lab, HostId host) {
        return one(
                lab,
                host,
                "agent",
                process -> process.command.contains("/bin/java ") && process.command.contains(" agent --settings "));
    }

    static Running supervisor(Lab lab, HostId host) {
        return one(
                lab,
                host,
                "supervisor",
                process -> process.command.contains("/bin/java ")
                        && process.command.contains(" agent-supervisor --settings "));
    }

    static Running libvirtd(Lab lab, HostId host) {
        return one(lab, host, "libvirtd", process -> process.command.matches("(\\S*/)?libvirtd( .*)?"));
    }

    /** The postmaster of the controller's embedded database. */
    static Optional<Running> postmaster(Path controllerState) {
        return all().stream()
                .filter(process -> process.command.contains("/bin/postgres ")
                        && process.command.contains(controllerState.toString()))
                .findFirst();
    }

    /** The controller's embedded database as a whole: its postmaster, then what that has started. */
    static List<Running> database(Path controllerState) {
        Running postmaster =
                postmaster(controllerState).orElseThrow(() -> new AssertionError("there is no embedded database"));
        List<Running> all = new ArrayList<>(List.of(postmaster));
        ProcessHandle.of(postmaster.pid)
                .ifPresent(parent -> parent.children()
                        .forEach(child -> all.add(new Running(child.pid(), "a child of " + postmaster.command))));
        return List.copyOf(all);
    }

    /** What was started as the command of a machine that is not a host. */
    static Running machine(Lab lab, String name) {
        long pid = lab.status().machine(name).orElseThrow().pid().orElseThrow();
        return new Running(pid, name);
    }

    /** Every process on the machine whose command names a file under this directory. */
    static List<Running> naming(Path directory) {
        return all().stream()
                .filter(process -> process.command.contains(directory + "/"))
                .toList();
    }

    private static Running one(Lab lab, HostId host, String what, Predicate<Running> which) {
        List<Running> found = on(lab, host).stream().filter(which).toList();
        if (found.size() != 1) {
            throw new AssertionError("host " + host + " should run one " + what + ", and runs " + found);
        }
        return found.getFirst();
    }

    static List<Running> on(Lab lab, HostId host) {
        OptionalLong init = lab.status().host(host).orElseThrow().initPid();
        if (init.isEmpty()) {
            return List.of();
        }
        Optional<Object> network = network(init.getAsLong());
        if (network.isEmpty()) {
            return List.of();
        }
        return all().stream()
                .filter(process -> network(process.pid).equals(network))
                .toList();
    }

    private static List<Running> all() {
        List<Running> processes = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path entry : entries) {
                command(entry)
                        .filter(command -> !command.isBlank())
                        .ifPresent(command -> processes.add(
                                new Running(Long.parseLong(String.valueOf(entry.getFileName())), command)));
            }
        } catch (IOException e) {
            throw new AssertionError("/proc cannot be listed", e);
        }
        return processes;
    }

    private static Optional<String> command(Path entry) {
        try {
            return Optional.of(new String(Files.readAllBytes(entry.resolve("cmdline")), StandardCharsets.UTF_8)
                    .replace('\0', ' '));
        } catch (IOException ended) {
            return Optional.empty();
        }
    }

    private static Optional<Object> network(long pid) {
        try {
            return Optional.of(Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "ns/net")));
        } catch (IOException ended) {
            return Optional.empty();
        }
    }
}
