package io.holdfast.server.demo;

import io.holdfast.api.ApiSettings;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.ImageSettings;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.identity.IdentitySettings;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.network.NetworkSettings;
import io.holdfast.notifications.NotificationSettings;
import io.holdfast.recovery.AdmissionSettings;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.secrets.SecretSettings;
import io.holdfast.server.KnownFailures;
import io.holdfast.server.cli.ClientCommands;
import io.holdfast.server.cli.HoldfastCommandLine;
import io.holdfast.server.cli.NewToken;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.controller.Controller;
import io.holdfast.server.controller.ControllerSettings;
import io.holdfast.store.StoreSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** A controller of a few hosts in memory, and the operator's console to it. */
final class ControllerConsole {

    private final Path home;
    private final NewToken admin = NewToken.random();

    /** @param home of the controller's files, and of the operator's token */
    ControllerConsole(Path home) throws Exception {
        this.home = home;
        Path token = Files.writeString(home.resolve("token"), admin.token());
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    }

    ControllerSettings settings(FencingSettings fencing) throws Exception {
        return new ControllerSettings(
                home.resolve("controller"),
                "simulated",
                "default",
                null,
                SecretSettings.defaults(),
                StoreSettings.defaults(),
                MembershipSettings.defaults().withGrace(Duration.ofSeconds(2)),
                fencing,
                SchedulerSettings.defaults(),
                AdmissionSettings.defaults(),
                ComputeSettings.defaults().at(Files.createDirectories(home.resolve("shared"))),
                NetworkSettings.defaults(),
                RecoverySettings.defaults(),
                NotificationSettings.defaults(),
                ApiSettings.defaults()
                        .listening(
                                "127.0.0.1",
                                0,
                                List.of(new ApiSettings.Token("admin", ApiSettings.Role.ADMIN, "admin", admin.hash()))),
                IdentitySettings.defaults(),
                ImageSettings.defaults());
    }

    /** What a command says, whatever its exit code. */
    String said(Controller controller, String... arguments) {
        StringWriter out = new StringWriter();
        Terminal terminal = new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(out, true),
                Map.of(
                        "HOLDFAST_URL",
                        "http://127.0.0.1:" + controller.apiPort(),
                        "HOLDFAST_TOKEN_FILE",
                        home.resolve("token").toString()),
                home,
                160,
                false,
                InstantSource.system());
        HoldfastCommandLine.assemble(terminal, ClientCommands.sections(terminal), KnownFailures::translated)
                .execute(arguments);
        return out.toString();
    }
}
