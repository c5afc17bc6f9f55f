package io.holdfast.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** The files of one host, of its BMC and of its outlet under the lab's state directory: its "disk", and its settings. */
final class HostFiles {

    private final Path state;
    private final HostPlan plan;

    HostFiles(Path state, HostPlan plan) {
        this.state = state;
        this.plan = plan;
    }

    Path home() {
        return state.resolve("hosts").resolve(plan.host().value());
    }

    /** There while the outlet that feeds the host is switched off. */
    Path outletOff() {
        return home().resolve("outlet-off");
    }

    Path bmcHome() {
        return state.resolve("bmc").resolve(plan.host().value());
    }

    Path libvirtSocket() {
        return home().resolve("run/libvirt/libvirt-sock");
    }

    /** Writes what is needed before the host can get power. What a host keeps on its disk stays as it is. */
    void write(List<HostPlan> neighbours, List<String> agentCommand, BmcCredentials credentials, BmcCredentials ofPdu)
            throws IOException {
        Path home = home();
        for (String directory : List.of(
                "log",
                "run",
                "etc-holdfast",
                "var-lib-holdfast",
                "etc-libvirt",
                "var-lib-libvirt",
                "var-cache-libvirt",
                "var-log-libvirt")) {
            Files.createDirectories(home.resolve(directory));
        }
        Files.writeString(
                home.resolve("host.env"),
                "INDEX=%d MGMT=%s STORAGE=%s TENANT=%s OOB=%s%n"
                        .formatted(
                                plan.index(),
                                plan.mgmtAddress(),
                                plan.storageAddress(),
                                plan.tenantAddress(),
                                plan.bmcAddress()));
        Files.write(home.resolve("agent.command"), nulSeparated(agentCommand));
        StringBuilder hosts = new StringBuilder("127.0.0.1 localhost\n");
        hosts.append(Network.MGMT.controllerAddress()).append(" controller\n");
        neighbours.forEach(one ->
                hosts.append(one.mgmtAddress()).append(' ').append(one.host()).append('\n'));
        Files.writeString(home.resolve("hosts"), hosts);
        writeLibvirt(home.resolve("etc-libvirt"));
        writeChassis(bmcHome(), "bmc", plan.bmcAddress(), 623, "chassis", credentials);
        Path outlet = state.resolve("pdu").resolve(plan.host().value());
        writeChassis(outlet, "pdu", MachinePlan.pdu(List.of()).oobAddress(), plan.outletPort(), "outlet", ofPdu);
    }

    private void writeLibvirt(Path etc) throws IOException {
        Path uuid = etc.resolve("host-uuid");
        if (!Files.exists(uuid)) {
            Files.writeString(uuid, UUID.randomUUID().toString());
        }
        Files.writeString(etc.resolve("libvirtd.conf"), """
                listen_tls = 0
                listen_tcp = 1
                listen_addr = "%s"
                auth_tcp = "none"
                auth_unix_rw = "none"
                unix_sock_group = "root"
                host_uuid = "%s"
                """.formatted(
                        plan.mgmtAddress(), Files.readString(uuid).strip()));
        Files.writeString(
                etc.resolve("qemu.conf"),
                // No cgroup controllers: QEMU must stay in the host's own cgroup, or a freeze would miss it.
                """
                security_driver = "none"
                user = "root"
                group = "root"
                dynamic_ownership = 0
                remember_owner = 0
                namespaces = []
                cgroup_controllers = []
                stdio_handler = "file"
                lock_manager = "lockd"
                migration_address = "%1$s"
                migration_host = "%1$s"
                """.formatted(plan.mgmtAddress()));
        Files.writeString(etc.resolve("qemu-lockd.conf"), """
                auto_disk_leases = 1
                require_lease_for_disks = 1
                file_lockspace_dir = "/srv/shared/locks"
                """);
    }

    /** @param control the script that does what the chassis is told */
    private void writeChassis(
            Path home, String kind, String address, int port, String control, BmcCredentials credentials)
            throws IOException {
        Files.createDirectories(home.resolve("state"));
        String auth = "none md2 md5 straight";
        Scripts.writePrivate(home.resolve("lan.conf"), """
                name "%8$s-%1$s"
                set_working_mc 0x20
                startlan 1
                  addr %2$s %9$d
                  priv_limit admin
                  allowed_auths_callback %3$s
                  allowed_auths_user %3$s
                  allowed_auths_operator %3$s
                  allowed_auths_admin %3$s
                  guid a123456789abcdefa1234567890000%4$02x
                endlan
                chassis_control "%5$s %1$s"
                user 1 false "" "" user 10 %3$s
                user 2 true "admin" "%6$s" admin 10 %3$s
                user 3 true "fencer" "%7$s" operator 10 %3$s
                """.formatted(
                        plan.host(),
                        address,
                        auth,
                        plan.index(),
                        state.resolve("bin").resolve(control),
                        credentials.adminPassword(),
                        credentials.fencerPassword(),
                        kind,
                        port));
        Files.writeString(home.resolve("cmds.emu"), """
                mc_setbmc 0x20
                mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
                sel_enable 0x20 1000 0x0a
                mc_enable 0x20
                """);
    }

    static byte[] nulSeparated(List<String> words) {
        StringBuilder text = new StringBuilder();
        words.forEach(word -> text.append(word).append('\0'));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
