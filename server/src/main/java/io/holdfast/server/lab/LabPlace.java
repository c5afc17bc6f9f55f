package io.holdfast.server.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a lab keeps its files. There is one lab on a machine, so whoever does not say where means the one that there is, wherever
 * it was made.
 */
public final class LabPlace {

    private static final Path USUAL = Path.of("/var/lib/holdfast-lab");

    private LabPlace() {}

    /**
     * @param said what the command line says, or null
     * @param active where the files of the lab are that exists on this machine now, also of a crashed one
     */
    public static Path of(@Nullable Path said, Optional<Path> active) {
        return said != null ? said : active.orElse(USUAL);
    }

    /**
     * For a demo. Controllers remember for an hour how often a host failed, and a host that was put into quarantine stays there: with the
     * files of a lab that was up before, the fourth demo of an hour would fail for the three before it. Those files are somebody's, so they
     * are left alone, and the demo has a place beside them.
     *
     * @param keep whether the lab is to be there afterwards, for {@code holdfast lab} to find
     */
    public static Path ofDemo(@Nullable Path said, Optional<Path> active, boolean keep) {
        Path place = of(said, active);
        return active.isPresent() || keep || !Files.exists(place) ? place : besides(place);
    }

    private static Path besides(Path place) {
        Path whole = place.toAbsolutePath().normalize();
        return whole.resolveSibling(whole.getFileName() + "-demo");
    }
}
