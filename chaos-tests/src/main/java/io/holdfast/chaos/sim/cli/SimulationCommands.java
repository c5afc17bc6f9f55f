package io.holdfast.chaos.sim.cli;

import io.holdfast.chaos.bench.cli.BenchCommands;
import io.holdfast.server.cli.CommandProvider;
import io.holdfast.server.cli.Section;
import io.holdfast.server.cli.Terminal;
import java.util.List;

/** Brings {@code holdfast simulate} and this module's part of {@code holdfast bench} to the command line. */
public final class SimulationCommands implements CommandProvider {

    @Override
    public Section section(Terminal terminal) {
        return new Section("Simulation", List.of(new SimulateCommand(terminal)));
    }

    @Override
    public List<Object> benches(Terminal terminal) {
        return BenchCommands.all(terminal);
    }
}
