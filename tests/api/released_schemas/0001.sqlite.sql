BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE files (
	id INTEGER NOT NULL, 
	job_id VARCHAR(32) NOT NULL, 
	role VARCHAR(8) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	size BIGINT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_files PRIMARY KEY (id), 
	CONSTRAINT fk_files_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "files" VALUES(1,'ymQdm8jO399ninjhsSn3zgem','input','a.csv',4,'0ebb429fa86d481c2630fac53db1c91cffed5d4d41d1021c179444eb67e7ee0b');
INSERT INTO "files" VALUES(2,'ymQdm8jO399ninjhsSn3zgem','output','report.html',8,'90bd35df60f1e27d2236245a4a49f73e1dfb01936f2c2159c70a2bde93eb2977');
CREATE TABLE jobs (
	id VARCHAR(32) NOT NULL, 
	key_id VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	options JSON NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	idempotency_key VARCHAR(255), 
	request_id VARCHAR(64), 
	created_at FLOAT NOT NULL, 
	started_at FLOAT, 
	finished_at FLOAT, 
	attempt INTEGER NOT NULL, 
	done INTEGER NOT NULL, 
	total INTEGER NOT NULL, 
	cancel_requested BOOLEAN NOT NULL, 
	lease_owner VARCHAR(64), 
	lease_until FLOAT, 
	error TEXT, 
	headline TEXT, 
	counts JSON, 
	report_policy TEXT, 
	size BIGINT NOT NULL, 
	CONSTRAINT pk_jobs PRIMARY KEY (id), 
	CONSTRAINT fk_jobs_key_id FOREIGN KEY(key_id) REFERENCES keys (id) ON DELETE CASCADE, 
	CONSTRAINT uq_jobs_key_id_idempotency_key UNIQUE (key_id, idempotency_key)
);
INSERT INTO "jobs" VALUES('ymQdm8jO399ninjhsSn3zgem','5833ab07c7f1','kept','done','{"by": []}','f','i',NULL,1.7953347825928304195e+09,1.79533478261620235445e+09,1.79533478273760557179e+09,1,1,1,0,NULL,NULL,NULL,'h','{"flat": 1}','p',12);
CREATE TABLE keys (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	secret_sha256 VARCHAR(64) NOT NULL, 
	scopes VARCHAR(64) NOT NULL, 
	created_at FLOAT NOT NULL, 
	revoked_at FLOAT, 
	last_used_at FLOAT, 
	CONSTRAINT pk_keys PRIMARY KEY (id)
);
INSERT INTO "keys" VALUES('5833ab07c7f1','first','f55b2b1065c11066e96399c85f9e40be9adc34463fbeaa656e3df0d3dba8f0d5','submit read admin',1.79533478256620645518e+09,NULL,NULL);
CREATE TABLE parts (
	file_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_parts PRIMARY KEY (file_id, number), 
	CONSTRAINT fk_parts_file_id FOREIGN KEY(file_id) REFERENCES files (id) ON DELETE CASCADE
);
INSERT INTO "parts" VALUES(1,0,X'7461736B');
INSERT INTO "parts" VALUES(2,0,X'61207265706F7274');
CREATE TABLE sessions (
	token_sha256 VARCHAR(64) NOT NULL, 
	key_id VARCHAR(32) NOT NULL, 
	expires_at FLOAT NOT NULL, 
	CONSTRAINT pk_sessions PRIMARY KEY (token_sha256), 
	CONSTRAINT fk_sessions_key_id FOREIGN KEY(key_id) REFERENCES keys (id) ON DELETE CASCADE
);
CREATE TABLE shares (
	id VARCHAR(32) NOT NULL, 
	job_id VARCHAR(32) NOT NULL, 
	token_sha256 VARCHAR(64) NOT NULL, 
	created_at FLOAT NOT NULL, 
	CONSTRAINT pk_shares PRIMARY KEY (id), 
	CONSTRAINT fk_shares_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE, 
	CONSTRAINT uq_shares_token_sha256 UNIQUE (token_sha256)
);
CREATE TABLE workers (
	id VARCHAR(64) NOT NULL, 
	started_at FLOAT NOT NULL, 
	seen_at FLOAT NOT NULL, 
	CONSTRAINT pk_workers PRIMARY KEY (id)
);
CREATE INDEX ix_jobs_finished_at ON jobs (finished_at);
CREATE INDEX ix_jobs_key_id_created_at ON jobs (key_id, created_at);
CREATE INDEX ix_jobs_state_lease_until ON jobs (state, lease_until);
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);
CREATE INDEX ix_sessions_key_id ON sessions (key_id);
CREATE INDEX ix_files_job_id_role ON files (job_id, role);
CREATE INDEX ix_shares_job_id ON shares (job_id);
COMMIT;
