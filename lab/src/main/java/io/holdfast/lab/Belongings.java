package io.holdfast.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which processes are the lab's: members of its cgroups, and whoever is in one of its network namespaces.
 *
 * <p>Both are kept by the kernel, both outlive whoever made them, and neither can be confused with somebody else's
 * process, as a name or a re-used process id could. Two ways, because each has a gap: a machine may have no usable cgroup
 * tree, and somebody may have removed a namespace's name by hand while processes still live in it.
 */
final class Belongings {

    private static final String TREE = "holdfast-lab";

    /** How a host is frozen, and where its cgroup is. */
    enum Kind {
        V1("v1"),
        V2("v2"),
        NONE("none");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    private final Kind kind;
    private final Path tree;

    private Belongings(Kind kind, Path tree) {
        this.kind = kind;
        this.tree = tree;
    }

    /** Looks at the machine; makes nothing that stays. */
    static Belongings find() {
        Path v1 = Path.of("/sys/fs/cgroup/freezer");
        if (Files.isWritable(v1.resolve("cgroup.procs"))) {
            return new Belongings(Kind.V1, v1.resolve(TREE));
        }
        for (Path v2 : List.of(Path.of("/sys/fs/cgroup"), Path.of("/sys/fs/cgroup/unified"))) {
            if (Files.exists(v2.resolve("cgroup.controllers")) && Files.isWritable(v2.resolve("cgroup.procs"))) {
                return new Belongings(Kind.V2, v2.resolve(TREE));
            }
        }
        return new Belongings(Kind.NONE, Path.of("/nonexistent"));
    }

    Kind kind() {
        return kind;
    }

    Path tree() {
        return tree;
    }

    void create() throws IOException {
        if (kind != Kind.NONE) {
            Files.createDirectories(tree);
        }
    }

    /** Live processes of one group: {@code rack}, {@code bmc-HOST}, or the name of a host or another machine. */
    Set<Long> members(String group) {
        return kind == Kind.NONE ? inNamespaces(Set.of("lab-" + group)) : inCgroup(tree.resolve(group));
    }

    boolean frozen(String group) {
        try {
            return switch (kind) {
                case V1 -> {
                    Path state = tree.resolve(group).resolve("freezer.state");
                    yield Files.exists(state) && !Files.readString(state).startsWith("THAWED");
                }
                case V2 -> {
                    Path state = tree.resolve(group).resolve("cgroup.freeze");
                    yield Files.exists(state) && Files.readString(state).startsWith("1");
                }
                case NONE -> {
                    Set<Long> members = members(group);
                    yield !members.isEmpty() && members.stream().allMatch(pid -> state(pid) == 'T');
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read whether " + group + " is frozen", e);
        }
    }

    /**
     * Everything that belongs to the lab, except this process itself: whoever tears the lab down from inside one of its
     * namespaces shall live to report it.
     */
    Set<Long> everything(Set<String> namespaces) {
        Set<Long> all = new TreeSet<>(inNamespaces(namespaces));
        for (Path group : groups()) {
            all.addAll(inCgroup(group));
        }
        ProcessHandle self = ProcessHandle.current();
        all.remove(self.pid());
        for (Optional<ProcessHandle> up = self.parent();
                up.isPresent();
                up = up.get().parent()) {
            all.remove(up.get().pid());
        }
        return all;
    }

    /** Lets every frozen group run again, so that a SIGKILL already sent takes effect. */
    void thawAll() throws IOException {
        for (Path group : groups()) {
            Path v1 = group.resolve("freezer.state");
            Path v2 = group.resolve("cgroup.freeze");
            if (kind == Kind.V1 && Files.exists(v1)) {
                Files.writeString(v1, "THAWED", StandardOpenOption.WRITE);
            } else if (kind == Kind.V2 && Files.exists(v2)) {
                Files.writeString(v2, "0", StandardOpenOption.WRITE);
            }
        }
    }

    /** Removes the cgroups. The kernel may need a moment after the last member died, hence a bounded number of tries. */
    void remove() throws IOException {
        List<Path> all = new ArrayList<>(groups());
        if (kind != Kind.NONE && Files.exists(tree)) {
            all.add(tree);
        }
        for (Path group : all) {
            for (int tries = 0; ; tries++) {
                try {
                    Files.deleteIfExists(group);
                    break;
                } catch (IOException busy) {
                    if (tries == 200) {
                        throw new IOException("cgroup " + group + " cannot be removed; see its cgroup.procs", busy);
                    }
                    pause();
                }
            }
        }
    }

    static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while waiting for the lab's processes", e);
        }
    }

    private List<Path> groups() {
        if (kind == Kind.NONE || !Files.exists(tree)) {
            return List.of();
        }
        List<Path> groups = new ArrayList<>();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(tree, Files::isDirectory)) {
            children.forEach(groups::add);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + tree, e);
        }
        return groups;
    }

    private static Set<Long> inCgroup(Path group) {
        Set<Long> pids = new TreeSet<>();
        try {
            for (String line : Files.readAllLines(group.resolve("cgroup.procs"), StandardCharsets.UTF_8)) {
                long pid = Long.parseLong(line.strip());
                // Zero stands for a member that this pid namespace cannot see.
                if (pid > 0 && isAlive(pid)) {
                    pids.add(pid);
                }
            }
        } catch (IOException gone) {
            // The group was never made, or was just removed: it has no members.
            return Set.of();
        }
        return pids;
    }

    private static Set<Long> inNamespaces(Set<String> namespaces) {
        Set<String> inodes = new HashSet<>();
        for (String namespace : namespaces) {
            inodeOf(namespace).ifPresent(inodes::add);
        }
        Set<Long> pids = new TreeSet<>();
        if (inodes.isEmpty()) {
            return pids;
        }
        ProcessHandle.allProcesses().forEach(process -> {
            try {
                Path link = Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "ns", "net"));
                if (inodes.contains(link.toString()) && isAlive(process.pid())) {
                    pids.add(process.pid());
                }
            } catch (IOException ended) {
                // It ended while we looked.
                return;
            }
        });
        return pids;
    }

    private static Optional<String> inodeOf(String namespace) {
        try {
            return Optional.of("net:[" + Files.getAttribute(Path.of("/run/netns", namespace), "unix:ino") + "]");
        } catch (IOException gone) {
            // No such namespace, so nobody is in it.
            return Optional.empty();
        }
    }

    /** Neither gone nor a zombie: a zombie holds nothing and waits only for its parent. */
    static boolean isAlive(long pid) {
        char state = state(pid);
        return state != 'Z' && state != 'X' && state != 0;
    }

    /** Stopped by a signal where it stands. */
    static boolean isStopped(long pid) {
        return state(pid) == 'T';
    }

    private static char state(long pid) {
        String stat = stat(pid);
        int afterName = stat.lastIndexOf(')');
        return afterName < 0 || afterName + 2 >= stat.length() ? 0 : stat.charAt(afterName + 2);
    }

    /** When the process started, in clock ticks since boot; together with the pid it names one process for ever. */
    static OptionalLong startedTicks(long pid) {
        String stat = stat(pid);
        int afterName = stat.lastIndexOf(')');
        if (afterName < 0) {
            return OptionalLong.empty();
        }
        String[] fields = stat.substring(afterName + 2).split(" ", -1);
        return fields.length > 19 ? OptionalLong.of(Long.parseLong(fields[19])) : OptionalLong.empty();
    }

    private static String stat(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
        } catch (IOException ended) {
            return "";
        }
    }

    /** The process's numbers from the outermost pid namespace to its own. */
    static List<Long> numbers(long pid) {
        try {
            for (String line :
                    Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("NSpid:")) {
                    return java.util.Arrays.stream(line.substring(6).strip().split("\\s+"))
                            .map(Long::valueOf)
                            .toList();
                }
            }
        } catch (IOException ended) {
            return List.of();
        }
        return List.of();
    }
}
