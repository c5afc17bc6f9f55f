package io.holdfast.server;

import io.holdfast.server.agent.AgentCommand;
import io.holdfast.server.agent.AgentProcessSettings;
import io.holdfast.server.bmc.BmcCommand;
import io.holdfast.server.cli.BenchCommand;
import io.holdfast.server.cli.ClientCommands;
import io.holdfast.server.cli.CommandProvider;
import io.holdfast.server.cli.FenceCommand;
import io.holdfast.server.cli.HoldfastCommandLine;
import io.holdfast.server.cli.SecretCommand;
import io.holdfast.server.cli.SecretInput;
import io.holdfast.server.cli.Section;
import io.holdfast.server.cli.SlotCommand;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.cli.ToolCommands;
import io.holdfast.server.controller.ControllerCommand;
import io.holdfast.server.controller.ControllerSettings;
import io.holdfast.server.demo.DemoCommand;
import io.holdfast.server.lab.LabCommand;
import io.holdfast.server.packaging.PrepareCommand;
import io.holdfast.server.settings.SettingsLoader;
import io.holdfast.server.supervisor.AgentSupervisorCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** Where the program begins: the command line, and nothing else. */
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        Terminal terminal = Terminal.ofThisProcess();
        int code = HoldfastCommandLine.assemble(terminal, sections(terminal), KnownFailures::translated)
                .execute(arguments);
        terminal.out().flush();
        terminal.err().flush();
        // Explicit, because a command may leave threads of libraries behind that are not daemons.
        System.exit(code);
    }

    /**
     * Every command there is, in the order and under the titles of the help.
     *
     * <p>The long-running processes, the lab and the demonstration are registered here and nowhere else.
     */
    static List<Section> sections(Terminal terminal) {
        Map<String, Class<? extends Record>> processSettings =
                Map.of("controller", ControllerSettings.class, "agent", AgentProcessSettings.class);
        List<Section> sections = new ArrayList<>();
        sections.add(new Section(
                "Processes", List.of(new ControllerCommand(), new AgentCommand(), new AgentSupervisorCommand())));
        sections.addAll(ClientCommands.sections(terminal));
        sections.add(new Section("Lab", List.of(new DemoCommand(terminal), new LabCommand(terminal))));
        List<Object> benches = new ArrayList<>();
        ServiceLoader.load(CommandProvider.class).forEach(provider -> {
            sections.add(provider.section(terminal));
            benches.addAll(provider.benches(terminal));
        });
        sections.add(new Section("Tools", tools(terminal, processSettings, benches)));
        return List.copyOf(sections);
    }

    private static List<Object> tools(
            Terminal terminal, Map<String, Class<? extends Record>> processSettings, List<Object> benches) {
        List<Object> tools = new ArrayList<>(ToolCommands.commands(terminal, processSettings));
        tools.add(new SecretCommand(
                terminal,
                SecretInput.ofThisProcess(),
                Map.of(
                        "controller",
                                SecretCommand.Configured.of(ControllerSettings.defaults(), ControllerSettings::secrets),
                        "agent",
                                SecretCommand.Configured.of(
                                        AgentProcessSettings.defaults(), AgentProcessSettings::secrets))));
        tools.add(new FenceCommand(terminal, file -> {
            ControllerSettings settings = SettingsLoader.load(file, ControllerSettings.defaults());
            return new FenceCommand.Settings(settings.fencing(), settings.secrets());
        }));
        tools.add(new SlotCommand(terminal));
        tools.add(new BmcCommand(terminal));
        if (!benches.isEmpty()) {
            tools.add(new BenchCommand(benches));
        }
        tools.add(new PrepareCommand());
        return List.copyOf(tools);
    }
}
