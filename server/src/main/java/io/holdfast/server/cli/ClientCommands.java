package io.holdfast.server.cli;

import java.util.List;

/** The commands that ask a controller. */
public final class ClientCommands {

    private ClientCommands() {}

    public static List<Section> sections(Terminal terminal) {
        Client client = new Client(terminal);
        return List.of(
                new Section(
                        "Cluster",
                        List.of(
                                new HostCommand(client),
                                new AdvisoryCommand(client),
                                new SegmentCommand(client),
                                new CapacityCommand(client),
                                new CaseCommand(client),
                                new EventCommand(client),
                                new AuditCommand(client),
                                new NotifyCommand(client),
                                new ScheduleCommand(client),
                                new ServiceCommand(client),
                                new HypervisorCommand(client),
                                new WebhookCommand(client))),
                new Section(
                        "Instances",
                        List.of(
                                new ServerCommand(client),
                                new ServerGroupCommand(client),
                                new SayCommand(client),
                                new FlavorCommand(client),
                                new ImageCommand(client))));
    }
}
