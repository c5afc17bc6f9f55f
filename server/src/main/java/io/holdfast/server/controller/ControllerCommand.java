package io.holdfast.server.controller;

import io.holdfast.secrets.SecretReader;
import io.holdfast.server.LongRunning;
import io.holdfast.server.packaging.PrepareCommand;
import io.holdfast.server.settings.SettingsLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast controller}. */
@Command(
        name = "controller",
        description = {
            "Runs a controller until it is stopped.",
            "",
            "It watches the hosts of a segment, fences those that are lost, and restarts their instances elsewhere.",
            "One controller per state directory. SIGTERM stops it cleanly; what it acknowledged survives any stop."
        })
public final class ControllerCommand implements Callable<Integer> {

    private static final Logger log = LoggerFactory.getLogger(ControllerCommand.class);

    @Option(
            names = "--settings",
            paramLabel = "FILE",
            defaultValue = "/etc/holdfast/controller.yaml",
            description = "The settings file (default: ${DEFAULT-VALUE}).")
    Path settings = Path.of("/etc/holdfast/controller.yaml");

    @Mixin
    LongRunning running = new LongRunning();

    @Override
    public Integer call() throws Exception {
        ControllerSettings loaded = prepared(SettingsLoader.load(settings, ControllerSettings.defaults()));
        SecretReader secrets = SecretReader.of(loaded.secrets(), System.getenv(), log::warn);
        return running.run(
                "controller",
                loaded.stateDirectory(),
                () -> Controller.start(loaded, secrets, () -> RealWorld.open(loaded, secrets)));
    }

    /** A distribution that has the database's programs unpacked saves the first start a few seconds. */
    private static ControllerSettings prepared(ControllerSettings settings) {
        String home = System.getProperty("holdfast.home");
        if (home == null || settings.store().binariesDirectory() != null) {
            return settings;
        }
        Path programs = PrepareCommand.postgresIn(Path.of(home));
        return Files.isDirectory(programs)
                ? settings.withStore(settings.store().withBinariesDirectory(programs))
                : settings;
    }
}
