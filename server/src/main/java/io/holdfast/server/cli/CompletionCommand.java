package io.holdfast.server.cli;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = {"Writes the completion script of a shell. For bash and zsh: source <(holdfast completion bash)"})
final class CompletionCommand implements Runnable {

    enum Shell {
        bash,
        zsh
    }

    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it runs the command
    private CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
    @SuppressWarnings({"NullAway.Init", "UnusedVariable"}) // required; both shells take the same script
    private Shell shell;

    CompletionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        CommandLine root = spec.root().commandLine();
        // The script works in both shells: under zsh it switches zsh's emulation of bash completion on by itself.
        terminal.out().print(AutoComplete.bash("holdfast", root));
        terminal.out().flush();
    }
}
