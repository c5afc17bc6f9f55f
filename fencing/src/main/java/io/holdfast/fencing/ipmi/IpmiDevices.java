package io.holdfast.fencing.ipmi;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FencingException;
import io.holdfast.fencing.FencingSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Makes the devices that the settings name. */
public final class IpmiDevices {

    private static final int PASSWORD_BYTES_MAX = 20;

    private static final Set<PosixFilePermission> NO_SECRET = EnumSet.of(
            PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.GROUP_WRITE);

    private IpmiDevices() {}

    /**
     * Reads every password file; opens no connection.
     *
     * @throws FencingException naming the device and the file, when a password cannot be read or is no secret
     */
    public static FenceDevices of(FencingSettings settings) {
        Map<String, FenceDevice> devices = new LinkedHashMap<>();
        settings.devices()
                .forEach((name, device) -> devices.put(
                        name,
                        switch (device.driverOrDefault()) {
                            case IPMI ->
                                new IpmiDevice(
                                        device.address(),
                                        device.portOrDefault(),
                                        device.user(),
                                        password(name, device.passwordFile()),
                                        device.cipherSuiteOrDefault(),
                                        device.privilegeOrDefault());
                        }));
        return new FenceDevices(devices, settings.levels());
    }

    private static String password(String name, Path file) {
        String key = "fencing.devices." + name + ".password-file " + file;
        String text;
        try {
            for (PosixFilePermission permission : Files.getPosixFilePermissions(file)) {
                if (NO_SECRET.contains(permission)) {
                    throw new FencingException(key + " may be read or changed by others; run: chmod 600 " + file);
                }
            }
            text = Files.readString(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new FencingException(key + " does not exist", e);
        } catch (IOException e) {
            throw new FencingException(key + " cannot be read: " + e.getMessage(), e);
        }
        String password = text.lines().findFirst().orElse("");
        int bytes = password.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < 1 || bytes > PASSWORD_BYTES_MAX) {
            throw new FencingException(
                    key + " must have 1 to " + PASSWORD_BYTES_MAX + " bytes in its first line, has " + bytes);
        }
        return password;
    }
}
