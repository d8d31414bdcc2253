/** Raised when what is extracted or how changes: an older extraction is then made again. */
export const recipe = 1;

export const odooPackage = "odoo-19";

/** Static files that the Odoo package only links to; without them no link of its assets would lead anywhere. */
export const companions = [
  // Sid's font-awesome 7 has other paths than the links expect.
  ...[
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-font-awesome",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "fonts-inconsolata",
  ].map((name) => ({ name, suite: "bookworm" })),
  { name: "fonts-montserrat", suite: "sid" },
];

/** Left out when extracting: a code-only duplicate of the addons, documentation, and translations (857 of 1,200 MB). */
export const excluded = [
  "./usr/share/doc",
  "./usr/lib/python3/dist-packages/addons",
  "./usr/lib/python3/dist-packages/odoo/addons/*/i18n",
  "./usr/lib/python3/dist-packages/odoo/addons/*/i18n_extra",
];

// bs4 and packaging aren't in the package's Depends, but installing base and addons with versioned dependencies need them.
const pythonLibraries =
  "asn1crypto babel bs4 cbor2 chardet cryptography dateutil docutils freezegun geoip2 gevent greenlet idna jinja2 libsass lxml magic markupsafe num2words openpyxl openssl packaging passlib pil polib psutil psycopg2 pypdf qrcode reportlab requests rjsmin stdnum tz urllib3 vobject werkzeug xlrd xlsxwriter";

/** With wkhtmltopdf, by which Odoo makes its PDFs, and pip, which gets the addons that predictions are compared on. */
export const odooLibraries = ["python3", "python3-pip", "wkhtmltopdf", ...pythonLibraries.split(" ").map((name) => `python3-${name}`)];
