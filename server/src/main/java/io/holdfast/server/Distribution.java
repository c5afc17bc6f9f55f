package io.holdfast.server;

import io.holdfast.server.packaging.PrepareCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How to start Holdfast again, as another process: with the same JDK, from the same distribution. */
public final class Distribution {

    private final Path home;

    private Distribution(Path home) {
        this.home = home;
    }

    /** The distribution that this process runs from, which its launcher names. */
    public static Distribution ofThisProcess() {
        String named = System.getProperty("holdfast.home");
        if (named == null) {
            throw new IllegalStateException(
                    "this process was not started by the holdfast launcher, so it cannot start other ones; use ./holdfast");
        }
        return at(Path.of(named));
    }

    public static Distribution at(Path home) {
        if (!Files.isExecutable(home.resolve("bin/holdfast"))) {
            throw new IllegalStateException(home + " is not a distribution of Holdfast: it has no bin/holdfast");
        }
        return new Distribution(home.toAbsolutePath());
    }

    /** Where the database's programs are unpacked: here, if the build prepared that, and else in a place of the caller's. */
    public Path postgres(Path otherwise) {
        Path prepared = PrepareCommand.postgresIn(home);
        return Files.isDirectory(prepared) ? prepared : otherwise;
    }

    public List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "env",
                "JAVA_HOME=" + System.getProperty("java.home"),
                home.resolve("bin/holdfast").toString()));
        command.addAll(List.of(arguments));
        return command;
    }
}
