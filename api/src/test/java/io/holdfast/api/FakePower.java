package io.holdfast.api;

import io.holdfast.fencing.PowerOn;
import io.holdfast.model.Actor;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Answers as a test says, and remembers who asked for what. */
final class FakePower implements PowerOn {

    final List<String> asked = new CopyOnWriteArrayList<>();
    volatile Answer answer = new Answer.NotNow("a case of the host is open");

    @Override
    public Answer on(HostId host, HostEpoch epoch, Actor by, String reason) {
        asked.add(host + " " + epoch.value() + " " + by + " " + reason);
        return answer;
    }
}
