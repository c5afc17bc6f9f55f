package io.holdfast.recovery;

import io.holdfast.model.HostId;

/** What membership wants to hear back about its verdicts. Both return at once. */
public interface Verdicts {

    /** The verdict is in the journal; it need not be repeated. */
    void acknowledgeLost(HostId host);

    /** The verdict is not followed, or its case is over: judge the host anew from its signals. */
    void forget(HostId host);

    /** Why this controller would condemn nobody by silence now, for people; empty when nothing casts a doubt on it. Any thread. */
    String doubt();

    static Verdicts ignored() {
        return new Verdicts() {
            @Override
            public void acknowledgeLost(HostId host) {}

            @Override
            public void forget(HostId host) {}

            @Override
            public String doubt() {
                return "";
            }
        };
    }
}
