package io.holdfast.server.cli;

import java.util.List;
import picocli.CommandLine.Command;

/** {@code holdfast bench}: the measurements, each of which says itself whether a target was missed. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures what Holdfast promises, one command for each line of docs/benchmarks.md.")
public final class BenchCommand {

    private final List<Object> measurements;

    /** @param measurements objects with picocli's annotations, in the order of the help */
    public BenchCommand(List<Object> measurements) {
        this.measurements = List.copyOf(measurements);
    }

    List<Object> measurements() {
        return measurements;
    }
}
