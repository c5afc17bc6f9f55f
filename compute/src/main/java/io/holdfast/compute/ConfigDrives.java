package io.holdfast.compute;

import java.util.Map;

/**
 * Writes the drives on which guests find who they are. The form is that of OpenStack's "config drive", which cloud-init and its relatives
 * look for by the label {@value #LABEL}.
 */
public interface ConfigDrives {

    /** By which a guest finds it. */
    String LABEL = "config-2";

    /** Of a deployment that makes none. */
    ConfigDrives NONE = (file, content) -> {
        throw new DriverException("this controller makes no config drives");
    };

    /**
     * Writes one, in place of whatever is there. When it throws, what is there was not changed, or is whole.
     *
     * @param file relative to the shared storage
     * @param content by the path on the drive
     * @throws DriverException with {@link DriverException#outcomeUnknown()} when the storage does not answer in time; it may yet be written
     */
    void write(String file, Map<String, byte[]> content) throws DriverException;
}
