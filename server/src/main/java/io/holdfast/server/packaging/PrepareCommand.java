package io.holdfast.server.packaging;

import io.holdfast.server.demo.Rehearsal;
import io.holdfast.server.logging.Logging;
import io.holdfast.store.EmbeddedPostgres;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast prepare}: called by the build, not by people. */
@Command(
        name = "prepare",
        hidden = true,
        description = "Prepares this distribution: unpacks the embedded database, rehearses a controller's start.")
public final class PrepareCommand implements Callable<Integer> {

    @Option(names = "--postgres", required = true, paramLabel = "DIR", description = "where its programs go")
    Path postgres = Path.of(".");

    @Option(names = "--rehearse", description = "start and stop a controller on simulated hosts")
    boolean rehearse;

    @Override
    public Integer call() throws Exception {
        Logging.configure(Logging.Format.TEXT, Logging.Verbosity.ERROR, null, "prepare");
        EmbeddedPostgres.unpack(postgres);
        if (rehearse) {
            Rehearsal.run();
        }
        return 0;
    }

    /** Where a prepared distribution has the database's programs. */
    public static Path postgresIn(Path home) {
        return home.resolve("postgres");
    }
}
