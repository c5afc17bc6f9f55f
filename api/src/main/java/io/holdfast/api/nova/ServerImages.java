package io.holdfast.api.nova;

import io.holdfast.api.http.Call;
import io.holdfast.model.ImageId;

/** Where the images of servers come from. */
public interface ServerImages {

    /** They are here, or they are nowhere. */
    ServerImages HERE = (call, image) -> {};

    /**
     * Sees to it that the content of an image is here and its description is what it is now, for a server that the caller wants to make of
     * it. May block.
     *
     * @throws io.holdfast.api.http.ApiFault 400 for one that the caller may not use or that no server can be made of; 503 when it cannot be
     *     found out, or had, just now
     * @throws io.holdfast.compute.ComputeException as {@link io.holdfast.compute.ImageCopies}
     */
    void bring(Call call, ImageId image);
}
