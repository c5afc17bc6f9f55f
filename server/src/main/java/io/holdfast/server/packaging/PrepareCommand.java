package io.holdfast.server.packaging;

import io.holdfast.server.agent.AgentRehearsal;
import io.holdfast.server.demo.Rehearsal;
import io.holdfast.server.logging.Logging;
import io.holdfast.store.EmbeddedPostgres;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast prepare}: called by the build, not by people. */
@Command(
        name = "prepare",
        hidden = true,
        description =
                "Prepares this distribution: unpacks the embedded database, rehearses the starts of its processes.")
public final class PrepareCommand implements Callable<Integer> {

    /** What is started and stopped once. */
    enum Rehearsed {
        CONTROLLER,
        AGENT
    }

    @Option(names = "--postgres", paramLabel = "DIR", description = "unpack the database's programs there")
    @Nullable
    Path postgres;

    @Option(
            names = "--rehearse",
            paramLabel = "PROCESS",
            description = "start and stop one: controller, on simulated hosts, or agent, without guests")
    @Nullable
    Rehearsed rehearse;

    @Override
    public Integer call() throws Exception {
        Logging.configure(Logging.Format.TEXT, Logging.Verbosity.ERROR, null, "prepare");
        if (postgres != null) {
            EmbeddedPostgres.unpack(postgres);
        }
        switch (rehearse) {
            case null -> {}
            case CONTROLLER -> Rehearsal.run();
            case AGENT -> AgentRehearsal.run();
        }
        return 0;
    }

    /** Where a prepared distribution has the database's programs. */
    public static Path postgresIn(Path home) {
        return home.resolve("postgres");
    }
}
