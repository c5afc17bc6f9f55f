package io.holdfast.server.cli;

import io.holdfast.server.settings.SettingsLoader;
import io.holdfast.server.settings.SettingsPrinter;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "settings",
        mixinStandardHelpOptions = true,
        description = "Settings files: checked before a process starts with them.")
final class SettingsCommand {

    private final Terminal terminal;
    private final Map<String, Class<? extends Record>> processes;

    SettingsCommand(Terminal terminal, Map<String, Class<? extends Record>> processes) {
        this.terminal = terminal;
        this.processes = Map.copyOf(processes);
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = "Says every mistake in a settings file, or that it is good.")
    int check(
            @Parameters(paramLabel = "FILE") Path file,
            @Option(names = "--process", required = true, paramLabel = "PROCESS", description = "controller or agent")
                    String process) {
        SettingsLoader.load(file, type(process), null);
        terminal.out().println(file + " is good for the " + process);
        return ExitCode.OK.code();
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Writes what holds when a file is laid over the defaults.")
    int show(
            @Parameters(paramLabel = "FILE") Path file,
            @Option(names = "--process", required = true, paramLabel = "PROCESS", description = "controller or agent")
                    String process) {
        terminal.out().print(SettingsPrinter.print(SettingsLoader.load(file, type(process), null)));
        return ExitCode.OK.code();
    }

    private Class<? extends Record> type(String process) {
        Class<? extends Record> type = processes.get(process);
        if (type == null) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "there is no process '" + process + "'",
                    "there are: " + String.join(", ", new TreeSet<>(processes.keySet())));
        }
        return type;
    }
}
