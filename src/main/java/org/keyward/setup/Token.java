package org.keyward.setup;

import java.util.List;

/** The token that the signer of this host uses. */
interface Token {
  /** What it takes beside the configuration. */
  List<Step> steps();

  /** Its entry in the configuration of the signer. */
  String yaml();
}
