package io.holdfast.server.supervisor;

import io.holdfast.secrets.SecretReader;
import io.holdfast.server.Distribution;
import io.holdfast.server.LongRunning;
import io.holdfast.server.agent.AgentProcessSettings;
import io.holdfast.server.settings.SettingsLoader;
import io.holdfast.server.supervisor.core.Rules;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast agent-supervisor}. */
@Command(
        name = "agent-supervisor",
        description = {
            "Runs the agent of this compute host and looks after it until it is stopped.",
            "",
            "An agent that ends or hangs is started again. Controllers that miss the agent ask the supervisor whether the",
            "host lives at all. Stopping it (SIGTERM) stops the agent too, and no guest. When it is killed the agent runs on,",
            "and the next supervisor takes it over."
        })
public final class AgentSupervisorCommand implements Callable<Integer> {

    private static final Logger log = LoggerFactory.getLogger(AgentSupervisorCommand.class);

    /** Beyond the limit that the agent gets. */
    private static final Duration OWN_STOP = Duration.ofSeconds(8);

    @Option(
            names = "--settings",
            paramLabel = "FILE",
            defaultValue = "/etc/holdfast/agent.yaml",
            description = "The agent's settings file (default: ${DEFAULT-VALUE}).")
    Path settings = Path.of("/etc/holdfast/agent.yaml");

    @Mixin
    LongRunning running = new LongRunning();

    @Override
    public Integer call() throws Exception {
        AgentProcessSettings loaded = SettingsLoader.load(settings, AgentProcessSettings.defaults());
        SecretReader secrets = SecretReader.of(loaded.secrets(), System.getenv(), log::warn);
        int port = loaded.agent().supervisor().port();
        List<String> arguments = new ArrayList<>(List.of(
                "agent",
                "--settings",
                settings.toAbsolutePath().toString(),
                "--supervisor-port",
                Integer.toString(port)));
        arguments.addAll(running.options());
        List<String> agent = Distribution.ofThisProcess().command(arguments.toArray(String[]::new));
        Rules rules = Rules.hungAfter(loaded.agent().supervisor().hungAfter());
        return running.run(
                "agent-supervisor",
                loaded.stateDirectory(),
                rules.stopLimit().plus(OWN_STOP),
                () -> SupervisorProcess.start(loaded, secrets, agent, rules, AgentSupervisorCommand::giveUp));
    }

    /** Ends at once, without the stop that would take the agent along. */
    private static void giveUp(Throwable failure) {
        log.error("the supervisor cannot go on; the agent does, and the next supervisor takes it over", failure);
        Runtime.getRuntime().halt(1);
    }
}
