package io.holdfast.server.cli;

import java.util.List;
import java.util.Map;

/** The commands that need no controller. */
public final class ToolCommands {

    private ToolCommands() {}

    /**
     * The tools, in the order of the help.
     *
     * @param processSettings the root settings record of each long-running process by its name, for {@code holdfast
     *     settings}; that command is left out if there are none
     */
    public static List<Object> commands(Terminal terminal, Map<String, Class<? extends Record>> processSettings) {
        List<Object> always = List.of(
                new PkiCommand(terminal),
                new TokenCommand(terminal),
                new OpenrcCommand(terminal),
                new CompletionCommand(terminal));
        if (processSettings.isEmpty()) {
            return always;
        }
        return List.of(
                always.get(0),
                always.get(1),
                always.get(2),
                new SettingsCommand(terminal, processSettings),
                always.get(3));
    }
}
