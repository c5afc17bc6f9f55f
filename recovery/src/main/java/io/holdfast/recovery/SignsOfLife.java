package io.holdfast.recovery;

import io.holdfast.model.HostId;
import java.util.List;

/** Whether anything says that a host lives. */
@FunctionalInterface
public interface SignsOfLife {

    /**
     * Asks now, and blocks for a few seconds at most. What cannot be asked is no sign.
     *
     * @return one for each signal that says the host lives; empty when none does
     */
    List<Sign> of(HostId host);

    /**
     * @param signal its name as operators spell it: {@code lease}, {@code group}, {@code probe}, {@code power}, {@code disk}
     * @param reading what it says
     */
    record Sign(String signal, String reading) {}
}
