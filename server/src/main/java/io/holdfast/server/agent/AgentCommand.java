package io.holdfast.server.agent;

import io.holdfast.secrets.SecretReader;
import io.holdfast.server.LongRunning;
import io.holdfast.server.agent.health.HostHealth;
import io.holdfast.server.cli.HealthView;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.settings.SettingsLoader;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast agent}. */
@Command(
        name = "agent",
        description = {
            "Runs the agent of this compute host until it is stopped.",
            "",
            "It keeps this host's lease, listens for the controller's goals and keeps guests running.",
            "Stopping it (SIGTERM) stops no guest; a restarted agent finds and adopts them."
        })
public final class AgentCommand implements Callable<Integer> {

    private static final Logger log = LoggerFactory.getLogger(AgentCommand.class);

    @Option(
            names = "--settings",
            paramLabel = "FILE",
            defaultValue = "/etc/holdfast/agent.yaml",
            description = "The settings file (default: ${DEFAULT-VALUE}).")
    Path settings = Path.of("/etc/holdfast/agent.yaml");

    @Option(
            names = "--supervisor-port",
            paramLabel = "PORT",
            defaultValue = "0",
            hidden = true,
            description = "Where the supervisor that starts this agent answers for the host.")
    int supervisorPort;

    @Mixin
    LongRunning running = new LongRunning();

    private final Terminal terminal;

    public AgentCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        AgentProcessSettings loaded = SettingsLoader.load(settings, AgentProcessSettings.defaults());
        SecretReader secrets = SecretReader.of(loaded.secrets(), System.getenv(), log::warn);
        return running.run("agent", loaded.stateDirectory(), () -> AgentProcess.start(loaded, secrets, supervisorPort));
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = {
                "Looks once at what the agent watches of its host: libvirt, the shared storage, disks, memory, clock, network card.",
                "",
                "It needs no controller and may be run beside the agent. Exit code 1 when something is bad."
            })
    int check(
            @Parameters(
                            arity = "0..1",
                            paramLabel = "FILE",
                            defaultValue = "/etc/holdfast/agent.yaml",
                            description = "the agent's settings file (default: ${DEFAULT-VALUE})")
                    Path file,
            @Option(names = "--json", description = "one object, for programs") boolean json)
            throws Exception {
        AgentProcessSettings loaded = SettingsLoader.load(file, AgentProcessSettings.defaults());
        HealthView view;
        try (HostHealth health = HostHealth.of(
                loaded.health(),
                loaded.agent(),
                loaded.hostOrName(),
                loaded.membership().bindAddress(),
                loaded.stateDirectory())) {
            view = new HealthView(loaded.hostOrName().value(), health.once());
        }
        if (json) {
            terminal.out().println(view.json());
        } else {
            view.print(terminal);
        }
        return view.code().code();
    }
}
