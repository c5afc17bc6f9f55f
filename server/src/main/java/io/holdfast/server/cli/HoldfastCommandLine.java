package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.model.SecretFile;
import io.holdfast.server.settings.SettingsException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Puts the commands together, and decides how every failure of any of them is told. */
public final class HoldfastCommandLine {

    private HoldfastCommandLine() {}

    @Command(
            name = "holdfast",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            description = {
                "Keeps virtual machines running when the hosts under them fail.",
                "",
                "Try it on this machine:  @|bold holdfast demo|@",
                "Ask a cluster:           @|bold holdfast host list|@, @|bold holdfast case list --open|@"
            })
    private static final class Root {}

    /** The version that the build wrote into the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = HoldfastCommandLine.class.getPackage().getImplementationVersion();
            return new String[] {
                "holdfast " + (version == null ? "(development)" : version),
                "Java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")"
            };
        }
    }

    /** One command line of all sections; sections without commands are left out. */
    public static CommandLine assemble(Terminal terminal, List<Section> sections) {
        return assemble(terminal, sections, UnaryOperator.identity());
    }

    /** As above; {@code known} turns failures that are not the command line's own into ones that can be told. */
    public static CommandLine assemble(Terminal terminal, List<Section> sections, UnaryOperator<Exception> known) {
        CommandLine root = new CommandLine(new Root());
        for (Section section : sections) {
            for (Object command : section.commands()) {
                CommandLine line = new CommandLine(command);
                if (command instanceof ServerCommand server) {
                    line.addSubcommand(server.tags());
                }
                if (command instanceof BenchCommand bench) {
                    bench.measurements().forEach(line::addSubcommand);
                }
                root.addSubcommand(line);
            }
        }
        root.registerConverter(SecretFile.class, text -> SecretFile.of(Path.of(text)));
        root.getCommandSpec().exitCodeOnInvalidInput(ExitCode.USAGE.code());
        root.getCommandSpec().exitCodeOnExecutionException(ExitCode.FAILED.code());
        root.setOut(terminal.out());
        root.setErr(terminal.err());
        root.setColorScheme(Help.defaultColorScheme(terminal.colours() ? Help.Ansi.ON : Help.Ansi.OFF));
        root.setUsageHelpWidth(Math.min(100, terminal.width()));
        root.setUsageHelpLongOptionsMaxWidth(30);
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setAbbreviatedSubcommandsAllowed(false);
        root.setExecutionExceptionHandler((failure, command, parsed) -> told(terminal, known.apply(failure), parsed));
        root.setParameterExceptionHandler((failure, arguments) -> misused(terminal, failure, arguments));
        everywhere(root.getCommandSpec());
        helpBySection(root, sections);
        return root;
    }

    private static void everywhere(CommandSpec spec) {
        for (CommandLine sub : spec.subcommands().values()) {
            CommandSpec inner = sub.getCommandSpec();
            // Not for a command that is a method: its arguments would no longer fit its parameters. It has to say so
            // itself.
            if (!inner.mixinStandardHelpOptions() && !(inner.userObject() instanceof Method)) {
                // Whoever adds a command and forgets it would have its users told to ask for a help that there is not.
                inner.mixinStandardHelpOptions(true);
            }
            inner.versionProvider(new Version());
            inner.usageMessage().sortOptions(false);
            everywhere(inner);
        }
    }

    private static void helpBySection(CommandLine root, List<Section> sections) {
        UsageMessageSpec usage = root.getCommandSpec().usageMessage();
        usage.synopsisSubcommandLabel("COMMAND");
        root.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, help -> "");
        root.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, help -> sectionList(help, sections));
        usage.exitCodeListHeading("%nExit codes:%n");
        Map<String, String> codes = new LinkedHashMap<>();
        for (ExitCode code : ExitCode.values()) {
            codes.put(Integer.toString(code.code()), code.meaning());
        }
        codes.put(
                "70-75",
                "the ./holdfast script: no JDK, build failed, packages missing, time limit, tests failed or left out");
        usage.exitCodeList(codes);
        usage.footer(
                "",
                "Clients find the controller by --url, HOLDFAST_URL or",
                "~/.config/holdfast/client.yaml. 'holdfast COMMAND --help' tells more.");
    }

    private static String sectionList(Help help, List<Section> sections) {
        StringBuilder out = new StringBuilder();
        for (Section section : sections) {
            if (section.commands().isEmpty()) {
                continue;
            }
            out.append(System.lineSeparator())
                    .append(help.colorScheme().text("@|bold " + section.title() + "|@:"))
                    .append(System.lineSeparator());
            for (Object command : section.commands()) {
                String name = CommandSpec.forAnnotatedObject(command).name();
                String what = String.join(
                        " ",
                        CommandSpec.forAnnotatedObject(command).usageMessage().description());
                int firstSentence = what.indexOf(". ");
                String summary = firstSentence < 0 ? what : what.substring(0, firstSentence);
                summary = summary.endsWith(".") ? summary.substring(0, summary.length() - 1) : summary;
                out.append(help.colorScheme().text(String.format("  @|bold %-12s|@ %s", name, summary)))
                        .append(System.lineSeparator());
            }
        }
        return out.toString();
    }

    // --- failures ---

    private static int told(Terminal terminal, Exception failure, ParseResult parsed) {
        ParseResult deepest = parsed;
        while (deepest.hasSubcommand()) {
            deepest = deepest.subcommand();
        }
        boolean json = deepest.hasMatchedOption("--json");
        return switch (failure) {
            case CommandFailure known -> {
                tell(terminal, json, known.code(), message(known), known.advice());
                yield known.code().code();
            }
            case SettingsException settings -> {
                tell(terminal, json, ExitCode.USAGE, message(settings), "");
                yield ExitCode.USAGE.code();
            }
            default -> {
                tell(
                        terminal,
                        json,
                        ExitCode.FAILED,
                        "unexpected: " + failure,
                        "this is a defect of Holdfast; please report it with the lines below");
                if (!json) {
                    failure.printStackTrace(terminal.err());
                }
                yield ExitCode.FAILED.code();
            }
        };
    }

    private static int misused(Terminal terminal, ParameterException failure, String[] arguments) {
        boolean json = Arrays.asList(arguments).contains("--json");
        CommandLine command = failure.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        List<String> near = failure instanceof UnmatchedArgumentException unmatched
                ? new ArrayList<>(unmatched.getSuggestions())
                : List.of();
        String advice =
                (near.isEmpty() ? "" : "did you mean: " + String.join(", ", near) + "? ") + "see '" + name + " --help'";
        if (!json && command.getSubcommands().size() > 0 && message(failure).startsWith("Missing required sub")) {
            command.usage(terminal.err());
        } else {
            tell(terminal, json, ExitCode.USAGE, message(failure), advice);
        }
        return ExitCode.USAGE.code();
    }

    private static String message(Exception failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    private static void tell(Terminal terminal, boolean json, ExitCode code, String message, String advice) {
        if (json) {
            ObjectNode error = JsonNodeFactory.instance.objectNode();
            error.putObject("error")
                    .put("exitCode", code.code())
                    .put("kind", code.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'))
                    .put("message", message)
                    .put("advice", advice);
            terminal.err().println(error);
        } else {
            message.lines().forEach(line -> terminal.err().println("holdfast: " + Text.visible(line)));
            if (!advice.isEmpty()) {
                terminal.err().println("holdfast: " + Text.visible(advice));
            }
        }
        terminal.err().flush();
    }
}
