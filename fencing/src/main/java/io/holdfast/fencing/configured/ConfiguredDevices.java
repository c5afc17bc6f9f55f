package io.holdfast.fencing.configured;

import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FencingException;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.agents.FenceAgents;
import io.holdfast.fencing.ipmi.BmcClient;
import io.holdfast.fencing.ipmi.IpmiDevice;
import io.holdfast.fencing.ipmi.Secrets;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import io.holdfast.fencing.redfish.RedfishDevice;
import io.holdfast.fencing.redfish.Trust;
import io.holdfast.secrets.SecretReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Makes the devices that the settings describe. */
public final class ConfiguredDevices {

    private static final int REDFISH_PASSWORD_BYTES_MAX = 256;
    private static final int AGENT_SECRET_BYTES_MAX = 1024;

    private ConfiguredDevices() {}

    /** The same for a process that does not watch and listen all the time: devices of type self-fence and kdump are there, and know nothing. */
    public static FenceDevices of(FencingSettings settings, SecretReader secrets) {
        return watching(
                settings,
                secrets,
                new Unwatched(
                        "kdump",
                        "only a running controller, which listens all the time, can tell; see 'holdfast fence check'",
                        detail -> new DeviceFact.Listening(false, detail, Duration.ZERO)));
    }

    /** The same for a process that listens for dumps and watches no slots. */
    public static FenceDevices watching(FencingSettings settings, SecretReader secrets, FenceDevice kdump) {
        return of(
                settings,
                secrets,
                new Unwatched(
                        "self-fence",
                        "only a running controller, which watches slots all the time, can tell; see 'holdfast fence check'",
                        detail -> new DeviceFact.SelfFence(false, detail, Duration.ZERO)),
                kdump);
    }

    /**
     * Reads every file that the devices name, and asks every fence agent what it is; opens no connection to a device.
     *
     * @param selfFence the device behind all entries of type self-fence
     * @param kdump the device behind all entries of type kdump
     * @throws io.holdfast.secrets.SecretException naming the device and the setting, when a secret cannot be had
     * @throws FencingException naming the device and the setting, when another file cannot be read, or a fence agent will not do
     */
    public static FenceDevices of(
            FencingSettings settings, SecretReader secrets, FenceDevice selfFence, FenceDevice kdump) {
        Map<String, FenceDevice> devices = new LinkedHashMap<>();
        FenceAgents agents = new FenceAgents(settings.agents());
        // One for all devices that speak IPMI.
        BmcClient client = new BmcClient();
        settings.devices()
                .forEach((name, device) ->
                        devices.put(name, device(name, device, client, agents, secrets, selfFence, kdump)));
        return new FenceDevices(devices, settings.levels());
    }

    private static FenceDevice device(
            String name,
            FencingSettings.Device device,
            BmcClient client,
            FenceAgents agents,
            SecretReader secrets,
            FenceDevice selfFence,
            FenceDevice kdump) {
        String key = "fencing.devices." + name;
        return switch (device) {
            case FencingSettings.Ipmi ipmi ->
                new IpmiDevice(client, ipmi.address(), ipmi.portOrDefault(), login(key, ipmi, secrets));
            case FencingSettings.Redfish redfish ->
                new RedfishDevice(
                        redfish,
                        secrets.read(key + ".password-file", redfish.passwordFile(), REDFISH_PASSWORD_BYTES_MAX),
                        trust(key, redfish));
            case FencingSettings.Agent agent -> {
                Map<String, String> values = new LinkedHashMap<>();
                agent.secrets()
                        .forEach((parameter, file) -> values.put(
                                parameter, secrets.read(key + ".secrets." + parameter, file, AGENT_SECRET_BYTES_MAX)));
                yield agents.device(name, agent, values);
            }
            case FencingSettings.SelfFence _ -> selfFence;
            case FencingSettings.Kdump _ -> kdump;
        };
    }

    private static Login login(String key, FencingSettings.Ipmi ipmi, SecretReader secrets) {
        return new Login(
                ipmi.user(),
                Secrets.password(secrets, key + ".password-file", ipmi.passwordFile()),
                Secrets.bmcKey(secrets, key + ".bmc-key-file", ipmi.bmcKeyFile()),
                Suite.of(ipmi.cipherSuiteOrDefault()),
                switch (ipmi.privilegeOrDefault()) {
                    case OPERATOR -> Privilege.OPERATOR;
                    case ADMINISTRATOR -> Privilege.ADMINISTRATOR;
                });
    }

    /** The settings have exactly one of the two. */
    private static Trust trust(String key, FencingSettings.Redfish redfish) {
        Path authorities = redfish.caFile();
        String pin = redfish.certificateSha256();
        return pin == null
                ? Trust.authorities(key + ".ca-file", Objects.requireNonNull(authorities, "ca-file"))
                : Trust.certificate(pin);
    }
}
