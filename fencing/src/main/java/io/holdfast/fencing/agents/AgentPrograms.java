package io.holdfast.fencing.agents;

import io.holdfast.fencing.FencingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The programs in the configured directories. */
final class AgentPrograms {

    private static final Pattern NAME = Pattern.compile("fence_[a-z0-9_]{1,60}");

    private final List<Path> directories;

    AgentPrograms(List<Path> directories) {
        this.directories = List.copyOf(directories);
    }

    /** All of them by name; where two directories have the same name, the first one's. */
    SortedMap<String, Path> installed() {
        SortedMap<String, Path> found = new TreeMap<>();
        for (Path directory : directories) {
            if (!Files.isDirectory(directory)) {
                continue;
            }
            try (Stream<Path> files = Files.list(directory)) {
                files.filter(each -> NAME.matcher(each.getFileName().toString()).matches())
                        .filter(each -> Files.isRegularFile(each) && Files.isExecutable(each))
                        .forEach(each -> found.putIfAbsent(each.getFileName().toString(), each));
            } catch (IOException | UncheckedIOException e) {
                throw new FencingException("fence agents in " + directory + " cannot be listed: " + e.getMessage(), e);
            }
        }
        return found;
    }

    /**
     * @throws FencingException if there is no such program, or somebody else than its owner may change it
     */
    Path find(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new FencingException("'" + name + "' is no name of a fence agent (fence_ and small letters, digits or"
                    + " underscores)");
        }
        for (Path directory : directories) {
            Path program = directory.resolve(name);
            if (Files.isRegularFile(program)) {
                requireTrusted(program);
                return program;
            }
        }
        throw new FencingException("there is no fence agent " + name + " in "
                + String.join(", ", directories.stream().map(Path::toString).toList())
                + "; on Debian they are in the package fence-agents");
    }

    private static void requireTrusted(Path program) {
        try {
            Path real = program.toRealPath();
            for (Path each : List.of(real, real.resolveSibling("."))) {
                Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(each.normalize());
                if (permissions.contains(PosixFilePermission.GROUP_WRITE)
                        || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
                    throw new FencingException("fence agent " + program + " is not run: " + each.normalize()
                            + " may be changed by others than its owner");
                }
            }
            if (!Files.isExecutable(program)) {
                throw new FencingException("fence agent " + program + " is not executable for this user");
            }
        } catch (IOException e) {
            throw new FencingException("fence agent " + program + " cannot be looked at: " + e.getMessage(), e);
        }
    }
}
